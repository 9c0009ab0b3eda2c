package dev.tailrace.testing;

import static org.awaitility.Awaitility.await;

import dev.tailrace.testing.RespClient.RedisError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A real Redis on a port of its own, which can be stopped, killed, suspended and started again.
 *
 * <p>Port and directory are its own for as long as it lives, so that after {@link #restart()} it is found where it was.
 */
public final class RedisProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final int port;
    private final Path directory;
    private final List<String> command;
    private Process process;

    private RedisProcess(int port, Path directory, List<String> command) {
        this.port = port;
        this.directory = directory;
        this.command = List.copyOf(command);
        try {
            this.process = launch();
        } catch (RuntimeException e) {
            delete(directory);
            throw e;
        }
    }

    /** Starts a Redis that keeps nothing on disk, with further arguments of {@code redis-server}. */
    public static RedisProcess start(String... arguments) {
        return launch(Ports.free(), "no", arguments);
    }

    /** Starts a Redis that has every write on disk before it answers, and so has it again after a kill. */
    public static RedisProcess durable(String... arguments) {
        return launch(Ports.free(), "yes", arguments);
    }

    /** Starts a Redis by a file of its configuration, which names no port. */
    public static RedisProcess with(Path configuration) {
        int port = Ports.free();
        return new RedisProcess(
                port,
                newDirectory(),
                List.of(
                        RedisBinary.path().toString(),
                        configuration.toString(),
                        "--port",
                        String.valueOf(port),
                        "--bind",
                        "127.0.0.1"));
    }

    /** Starts a Redis that follows another one. */
    public static RedisProcess replicaOf(RedisProcess master) {
        return start("--replicaof", "127.0.0.1", String.valueOf(master.port));
    }

    /** Starts a Redis that is ready to become a node of a cluster, with further arguments of {@code redis-server}. */
    static RedisProcess clusterNode(Duration nodeTimeout, List<String> arguments) {
        // The default bus port is 10,000 above the port, which nobody has checked to be free.
        String bus = String.valueOf(Ports.free());
        List<String> all = new ArrayList<>(List.of("--cluster-enabled", "yes", "--cluster-port", bus));
        all.addAll(List.of("--cluster-node-timeout", String.valueOf(nodeTimeout.toMillis())));
        all.addAll(arguments);
        return start(all.toArray(String[]::new));
    }

    /** Starts a sentinel with these lines in its configuration, which it keeps up to date itself. */
    public static RedisProcess sentinel(List<String> configuration) {
        int port = Ports.free();
        Path directory = newDirectory();
        Path file = directory.resolve("sentinel.conf");
        List<String> lines = new ArrayList<>(List.of("port " + port, "bind 127.0.0.1", "dir " + directory));
        lines.addAll(configuration);
        try {
            Files.write(file, lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new RedisProcess(port, directory, List.of(RedisBinary.path().toString(), file.toString(), "--sentinel"));
    }

    private static RedisProcess launch(int port, String appendOnly, String... arguments) {
        // A full disk is an error to it, not a signal that ends it.
        List<String> command = new ArrayList<>(List.of("sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"));
        command.add(RedisBinary.path().toString());
        command.addAll(List.of("--port", String.valueOf(port), "--bind", "127.0.0.1", "--save", ""));
        command.addAll(List.of("--appendonly", appendOnly, "--appendfsync", "always"));
        command.addAll(List.of("--repl-diskless-sync-delay", "0"));
        command.addAll(List.of(arguments));
        return new RedisProcess(port, newDirectory(), command);
    }

    public int port() {
        return port;
    }

    public String url() {
        return "redis://127.0.0.1:" + port;
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Sends one command on a connection of its own; see {@link RespClient#call}. */
    public @Nullable Object command(String... command) {
        try (RespClient client = new RespClient("127.0.0.1", port)) {
            return client.call(command);
        }
    }

    /** Asks it to leave (SIGTERM) and waits until it has. */
    public void stop() {
        process.destroy();
        awaitExit();
    }

    /** Kills it (SIGKILL) and waits until it is gone. */
    public void kill() {
        process.destroyForcibly();
        awaitExit();
    }

    /** Freezes it: connections stay open and nobody answers. */
    public void suspend() {
        Processes.signal(process, "STOP");
    }

    public void resume() {
        Processes.signal(process, "CONT");
    }

    /** From now on it writes its data to disk, and the disk is full (Linux); returns when a write has failed. */
    public void fillDisk() {
        command("CONFIG", "SET", "appendfsync", "everysec"); // with "always" it ends when it cannot
        command("CONFIG", "SET", "appendonly", "yes");
        await("a file of its own").atMost(PATIENCE).until(() -> {
            String state = (String) command("INFO", "persistence");
            return state.contains("aof_enabled:1")
                    && state.contains("aof_rewrite_in_progress:0")
                    && state.contains("aof_rewrite_scheduled:0");
        });
        Processes.limitFiles(process, true);
        await("a write that fails")
                .atMost(PATIENCE)
                .until(() -> ((String) command("INFO", "persistence")).contains("aof_last_write_status:err"));
    }

    /** There is room on the disk, which it does not need any more. */
    public void freeDisk() {
        Processes.limitFiles(process, false);
        await("it writes again")
                .atMost(PATIENCE)
                .until(() -> ((String) command("INFO", "persistence")).contains("aof_last_write_status:ok"));
        command("CONFIG", "SET", "appendonly", "no");
    }

    /** Starts it again on the same port and directory, killing it first if it still runs. */
    public void restart() {
        kill();
        process = launch();
    }

    @Override
    public void close() {
        kill();
        delete(directory);
    }

    private Process launch() {
        Process started = Processes.start(command, directory, log());
        try {
            await("PONG from Redis on port " + port)
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> !started.isAlive() || answersPing());
            if (!started.isAlive()) throw new IllegalStateException("it ended at once");
        } catch (RuntimeException e) {
            started.destroyForcibly();
            throw new IllegalStateException("cannot start " + command + ": " + readLog(), e);
        }
        return started;
    }

    private boolean answersPing() {
        try {
            return "PONG".equals(command("PING"));
        } catch (UncheckedIOException | RedisError notYet) {
            return false;
        }
    }

    private void awaitExit() {
        try {
            if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException("Redis on port " + port + " does not leave");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private Path log() {
        return directory.resolve("redis.log");
    }

    private String readLog() {
        try {
            return Files.readString(log());
        } catch (IOException e) {
            return "no log: " + e;
        }
    }

    private static Path newDirectory() {
        try {
            return Files.createTempDirectory("tailrace-redis-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
