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

    static final Script APPEND = Script.read("append");
    static final Script READ = Script.read("read");
    static final Script CLEAR = Script.read("clear");
    static final Script RENEW = Script.read("renew");
    static final Script TOUCH = Script.read("touch");
    static final Script DEVICES = Script.read("devices");
    static final Script PURGE = Script.read("purge");
    static final Script ASSIGN = Script.read("assign");
    static final Script PLACES = Script.read("places");

    static final List<Script> ALL = List.of(APPEND, READ, CLEAR, RENEW, TOUCH, DEVICES, PURGE, ASSIGN, PLACES);

    private Scripts() {}

    /** A script and the digest by which Redis knows it. */
    record Script(String name, String source, String sha1) {

        static Script read(String name) {
            String file = name + ".lua";
            try (InputStream in = Objects.requireNonNull(Scripts.class.getResourceAsStream(file), file)) {
                byte[] source = in.readAllBytes();
                String sha1 = HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-1").digest(source));
                return new Script(name, new String(source, StandardCharsets.UTF_8), sha1);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java has SHA-1", e);
            }
        }
    }
}
