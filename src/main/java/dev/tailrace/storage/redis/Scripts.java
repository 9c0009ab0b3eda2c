package dev.tailrace.storage.redis;

import dev.tailrace.storage.redis.link.Script;
import java.util.List;

/** The scripts that Redis runs for the broker. They are read once, and each connection loads them when it opens. */
final class Scripts {

    private static final String LINEAGE = source("lineage");

    static final Script APPEND = Script.of("append", LINEAGE + source("append"));
    static final Script READ = Script.of("read", LINEAGE + source("read"));
    static final Script CLEAR = Script.of("clear", source("clear"));
    static final Script RENEW = Script.of("renew", LINEAGE + source("renew"));
    static final Script TOUCH = Script.of("touch", source("touch"));
    static final Script DEVICES = Script.of("devices", source("devices"));
    static final Script PURGE = Script.of("purge", source("purge"));
    static final Script ASSIGN = Script.of("assign", source("assign"));
    static final Script FLEETS = Script.of("fleets", source("fleets"));
    static final Script PLACES = Script.of("places", source("places"));
    static final Script ENLIST = Script.of("enlist", source("enlist"));
    static final Script LISTED = Script.of("listed", source("listed"));
    static final Script REVOKE = Script.of("revoke", source("revoke"));
    static final Script REVOKED = Script.of("revoked", LINEAGE + source("revoked"));
    static final Script REVOKED_BEFORE = Script.of("revoked-before", source("revoked-before"));

    static final List<Script> ALL = List.of(
            APPEND,
            READ,
            CLEAR,
            RENEW,
            TOUCH,
            DEVICES,
            PURGE,
            ASSIGN,
            FLEETS,
            PLACES,
            ENLIST,
            LISTED,
            REVOKE,
            REVOKED,
            REVOKED_BEFORE);

    private Scripts() {}

    private static String source(String name) {
        return Script.read(Scripts.class, name);
    }
}
