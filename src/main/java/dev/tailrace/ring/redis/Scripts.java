package dev.tailrace.ring.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

/** The scripts that Redis runs for us, read once; each connection loads them when it opens. */
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
    static final Script RIGHTS = Script.of("rights", source("rights"));

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
        String file = name + ".lua";
        try (InputStream in = Objects.requireNonNull(Scripts.class.getResourceAsStream(file), file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A script and the digest by which Redis knows it. */
    record Script(String name, String source, String sha1) {

        static Script of(String name, String source) {
            try {
                MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
                return new Script(
                        name, source, HexFormat.of().formatHex(sha1.digest(source.getBytes(StandardCharsets.UTF_8))));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java has SHA-1", e);
            }
        }
    }
}
