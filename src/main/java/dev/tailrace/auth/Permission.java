package dev.tailrace.auth;

import java.util.Arrays;
import java.util.stream.Collectors;

/** What a caller may be allowed to do. */
public enum Permission {
    LOGS_WRITE("logs:write"),
    LOGS_READ("logs:read"),
    LOGS_CLEAR("logs:clear"),
    /** Everything, and credentials and settings besides. */
    ADMIN("admin");

    private final String wire;

    Permission(String wire) {
        this.wire = wire;
    }

    /** As in tokens and answers. */
    public String wire() {
        return wire;
    }

    /** @throws IllegalArgumentException with the names that there are */
    public static Permission of(String wire) {
        return Arrays.stream(values())
                .filter(one -> one.wire.equals(wire))
                .findAny()
                .orElseThrow(() -> new IllegalArgumentException("a permission is one of "
                        + Arrays.stream(values()).map(Permission::wire).collect(Collectors.joining(", "))));
    }

    /** Whether who has this permission has that one too. */
    boolean covers(Permission other) {
        return this == other || this == ADMIN;
    }
}
