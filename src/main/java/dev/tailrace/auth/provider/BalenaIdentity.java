package dev.tailrace.auth.provider;

import dev.tailrace.auth.Grant;
import dev.tailrace.auth.Identity;
import dev.tailrace.auth.Permission;
import dev.tailrace.auth.Secrets;
import dev.tailrace.auth.provider.BalenaAccess.Shown;
import dev.tailrace.model.DeviceId;
import io.vertx.core.Future;
import java.util.List;

/** A caller with a token of balena; every permission check asks balena's API. */
final class BalenaIdentity implements Identity {

    private final Shown token;
    private final BalenaAccess access;

    /** @param address of the bearer */
    BalenaIdentity(String token, String address, BalenaAccess access) {
        this.token = new Shown(token, Secrets.hash(token), address);
        this.access = access;
    }

    @Override
    public String subject() {
        return "balena:" + token.hash();
    }

    @Override
    public List<String> credentials() {
        return List.of(subject());
    }

    /** The API knows the expiry, and refuses the token after it. */
    @Override
    public long expiresAt() {
        return NEVER;
    }

    /** balena has no actions for clearing and administration. */
    @Override
    public Future<Boolean> may(Permission permission, DeviceId device) {
        return switch (permission) {
            case LOGS_WRITE -> access.ask(token, device, "write-log");
            case LOGS_READ -> access.ask(token, device, "read");
            case LOGS_CLEAR, ADMIN -> Future.succeededFuture(false);
        };
    }

    @Override
    public Future<Boolean> isConfirmed() {
        return access.isKnown(token);
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
