package dev.tailrace.perf;

import dev.tailrace.testing.Processes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The process of any server that is measured, on the core of the servers; it does not outlive this JVM. Tests start a broker with {@link
 * dev.tailrace.testing.BrokerProcess}, which knows nothing of cores, archives and other servers.
 */
final class ServerProcess implements AutoCloseable {

    private static final long LIMIT = TimeUnit.SECONDS.toNanos(20);
    private static final Duration GRACE = Duration.ofSeconds(2);

    private final Process process;
    private final Path output;

    ServerProcess(Cores cores, Path directory, String name, List<String> command) {
        List<String> pinned = new ArrayList<>(cores.ofServers());
        pinned.addAll(command);
        this.output = directory.resolve(name + ".log");
        this.process = Processes.start(pinned, directory, output);
    }

    long pid() {
        return process.pid();
    }

    /** Waits until a server listens on a loopback port. */
    ServerProcess awaitPort(int port) {
        long end = System.nanoTime() + LIMIT;
        while (!answers(port)) {
            pause(end);
        }
        return this;
    }

    /** Waits for a line of output. */
    Matcher awaitOutput(Pattern pattern) {
        long end = System.nanoTime() + LIMIT;
        while (true) {
            Matcher found = pattern.matcher(said());
            if (found.find()) {
                return found;
            }
            pause(end);
        }
    }

    private static boolean answers(int port) {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    private void pause(long end) {
        if (!process.isAlive() || System.nanoTime() > end) {
            close();
            throw new IllegalStateException("a server does not start: " + said());
        }
        try {
            Thread.sleep(5);
        } catch (InterruptedException cause) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(cause);
        }
    }

    private String said() {
        try {
            return Files.readString(output);
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException cause) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
