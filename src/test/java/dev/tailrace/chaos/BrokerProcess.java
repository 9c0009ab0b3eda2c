package dev.tailrace.chaos;

import static org.awaitility.Awaitility.await;

import dev.tailrace.testing.FakeTime;
import dev.tailrace.testing.Ports;
import dev.tailrace.testing.Processes;
import dev.tailrace.testing.TcpProxy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One broker as a process of its own, with a network before it that fails on demand; it comes back on the same ports. */
final class BrokerProcess implements AutoCloseable {

    private static final Duration PATIENCE =
            Duration.ofSeconds(180); // with libfaketime a start takes ten seconds of processor

    private final String name;
    private final Path directory;
    private final List<String> command;
    private final int port = Ports.free();
    private final int managementPort = Ports.free();
    private final TcpProxy front;
    private Process process;

    private BrokerProcess(String name, Path directory, String redis, List<String> before, String... settings) {
        this.name = name;
        this.directory = directory;
        List<String> line = new ArrayList<>(before);
        line.addAll(tailrace(
                "serve",
                "--port",
                "" + port,
                "--management-port",
                "" + managementPort,
                "--redis",
                redis,
                "--event-loops",
                "2",
                "--stream-heartbeat",
                "1s"));
        line.addAll(List.of(settings));
        this.command = line;
        this.process = launch();
        this.front = new TcpProxy(port);
    }

    /** @param settings more of {@code serve} */
    static BrokerProcess start(String name, Path directory, String redis, String... settings) {
        return new BrokerProcess(name, directory, redis, List.of(), settings);
    }

    /** One whose clock can be set where libfaketime is installed, which makes each look at the clock expensive. */
    static BrokerProcess withClock(String name, Path directory, String redis, String... settings) {
        Path clock = clock(directory, name);
        setClock(clock, "+0");
        List<String> before = FakeTime.library()
                .map(library -> List.of(
                        "env",
                        "LD_PRELOAD=" + library,
                        "FAKETIME_TIMESTAMP_FILE=" + clock,
                        "FAKETIME_CACHE_DURATION=1",
                        "FAKETIME_DONT_FAKE_MONOTONIC=1"))
                .orElse(List.of());
        return new BrokerProcess(name, directory, redis, before, settings);
    }

    /** A command of ours, in a JVM that starts quickly and stays small. */
    static List<String> tailrace(String... arguments) {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.tailrace.cli.Main"));
        line.addAll(List.of(arguments));
        return line;
    }

    /** Moves the clock of the day of one that was started {@link #withClock}, not the one that only runs forward; such as {@code +3600} in seconds. */
    void setClock(String offset) {
        setClock(clock(directory, name), offset);
    }

    private static Path clock(Path directory, String name) {
        return directory.resolve(name + ".clock");
    }

    private static void setClock(Path clock, String offset) {
        try {
            Files.writeString(clock, offset + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Process launch() {
        return Processes.start(command, directory, directory.resolve(name + ".log"));
    }

    String name() {
        return name;
    }

    /** As its clients see it. */
    String url() {
        return "http://127.0.0.1:" + front.port();
    }

    /** As its clients see it without what is between. */
    int port() {
        return port;
    }

    /** What is between it and its clients. */
    TcpProxy front() {
        return front;
    }

    BrokerProcess awaitReady() {
        await(name + " is ready").atMost(PATIENCE).until(this::isReady);
        return this;
    }

    boolean isReady() {
        try {
            var request = (HttpURLConnection) URI.create("http://127.0.0.1:" + managementPort + "/health/ready")
                    .toURL()
                    .openConnection();
            request.setConnectTimeout(1000);
            request.setReadTimeout(2000);
            return request.getResponseCode() == 200;
        } catch (IOException notYet) {
            return false;
        }
    }

    void signal(String signal) {
        Processes.signal(process, signal);
    }

    /** Asks it to leave, and waits until it has. */
    void leave() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            throw new IllegalStateException(name + " does not leave");
        }
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    void restart() {
        process = launch();
        awaitReady();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        front.close();
    }
}
