package dev.tailrace.testing;

import dev.tailrace.auth.Grant;
import dev.tailrace.auth.Identity;
import dev.tailrace.auth.Permission;
import java.util.List;

/** An identity whose rights on a device a test decides, at each request. */
public abstract class TestIdentity implements Identity {

    @Override
    public String subject() {
        return "test";
    }

    @Override
    public List<String> credentials() {
        return List.of();
    }

    @Override
    public long expiresAt() {
        return NEVER;
    }

    @Override
    public boolean mayEverywhere(Permission permission) {
        return false;
    }

    @Override
    public boolean canChange() {
        return true;
    }

    @Override
    public List<Grant> grants() {
        return List.of();
    }
}
