package dev.tailrace.auth;

import java.util.Arrays;
import java.util.stream.Collectors;

/** Permissions of callers. */
public enum Permission {
    LOGS_WRITE("logs:write"),
    LOGS_READ("logs:read"),
    LOGS_CLEAR("logs:clear"),
    /** All other permissions, and the administration of credentials and fleets. */
    ADMIN("admin");

    private final String wire;

    Permission(String wire) {
        this.wire = wire;
    }

    /** The text in tokens and responses. */
    public String wire() {
        return wire;
    }

    /** @throws IllegalArgumentException with the existing names */
    public static Permission of(String wire) {
        return Arrays.stream(values())
                .filter(one -> one.wire.equals(wire))
                .findAny()
                .orElseThrow(() -> new IllegalArgumentException("a permission is one of "
                        + Arrays.stream(values()).map(Permission::wire).collect(Collectors.joining(", "))));
    }

    /** Whether this permission includes another one. */
    boolean covers(Permission other) {
        return this == other || this == ADMIN;
    }
}
