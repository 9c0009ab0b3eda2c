package dev.tailrace.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code redis-server} that tests start: the machine's own, or else the one that a test dependency carries.
 *
 * <p>Only 7 and later have sharded pub/sub, so an older one on the PATH is passed over.
 */
public final class RedisBinary {
    private static final int OLDEST_MAJOR = 7;
    private static final Pattern VERSION = Pattern.compile("v=(\\d+)\\.");

    private static final Path path =
            Processes.find("redis-server").filter(RedisBinary::isNewEnough).orElseGet(RedisBinary::extract);

    private RedisBinary() {}

    public static Path path() {
        return path;
    }

    /** Copies the server that the dependency carries to a file which is deleted when the JVM exits. */
    static Path extract() {
        String resource = "/redis-server-7.0.15-" + system() + "-" + processor();
        try (InputStream in = RedisBinary.class.getResourceAsStream(resource)) {
            if (in == null) throw new IllegalStateException("install redis-server: there is no " + resource);
            Path file = Files.createTempFile("redis-server-", "");
            file.toFile().deleteOnExit();
            Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
            if (!file.toFile().setExecutable(true)) throw new IOException("cannot make executable: " + file);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static boolean isNewEnough(Path server) {
        try {
            Process process = new ProcessBuilder(server.toString(), "--version").start();
            Matcher version =
                    VERSION.matcher(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            return version.find() && Integer.parseInt(version.group(1)) >= OLDEST_MAJOR;
        } catch (IOException unusable) {
            return false;
        }
    }

    private static String system() {
        return System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("mac") ? "darwin" : "linux";
    }

    private static String processor() {
        return switch (System.getProperty("os.arch")) {
            case "aarch64", "arm64" -> "arm64";
            case "x86", "i386" -> "386";
            default -> "amd64";
        };
    }
}
