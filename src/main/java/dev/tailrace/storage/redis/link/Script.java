package dev.tailrace.storage.redis.link;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;

/**
 * A Lua script that Redis runs.
 *
 * @param sha1 the digest by which Redis knows the source, in hexadecimal digits
 */
public record Script(String name, String source, String sha1) {

    public static Script of(String name, String source) {
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            return new Script(
                    name, source, HexFormat.of().formatHex(sha1.digest(source.getBytes(StandardCharsets.UTF_8))));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-1", e);
        }
    }

    /** Reads the file {@code NAME.lua} beside a class. */
    public static String read(Class<?> beside, String name) {
        String file = name + ".lua";
        try (InputStream in = Objects.requireNonNull(beside.getResourceAsStream(file), file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
