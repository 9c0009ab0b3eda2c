package dev.tailrace.chaos;

import dev.tailrace.testing.BrokerProcess;
import dev.tailrace.testing.FakeTime;
import dev.tailrace.testing.TailraceCommand;
import dev.tailrace.testing.TcpProxy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A {@link BrokerProcess} with what can go wrong around it: a network before it that fails on demand, and a clock that can be set. */
final class ChaosBroker implements AutoCloseable {

    private final BrokerProcess process;
    private final Path clock;
    private @Nullable TcpProxy front;

    private ChaosBroker(String name, Path directory, String redis, List<String> before, String... settings) {
        List<String> all = new ArrayList<>(List.of("--redis", redis, "--event-loops", "2", "--stream-heartbeat", "1s"));
        all.addAll(List.of(settings));
        clock = clock(directory, name);
        process = BrokerProcess.in(directory)
                .named(name)
                .before(before)
                .jvm(TailraceCommand.SMALL_JVM)
                .settings(all)
                .launch();
    }

    /** @param settings more of {@code serve} */
    static ChaosBroker start(String name, Path directory, String redis, String... settings) {
        return new ChaosBroker(name, directory, redis, List.of(), settings);
    }

    /** One whose clock can be set where libfaketime is installed, which makes each look at the clock expensive. */
    static ChaosBroker withClock(String name, Path directory, String redis, String... settings) {
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
        return new ChaosBroker(name, directory, redis, before, settings);
    }

    /**
     * Moves the clock of the day of one that was started {@link #withClock}; its monotonic clock stays as it is.
     *
     * @param offset such as {@code +3600} in seconds
     */
    void setClock(String offset) {
        setClock(clock, offset);
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

    String name() {
        return process.name();
    }

    /** Its address for clients, through the network that fails. */
    String url() {
        return "http://127.0.0.1:" + front().port();
    }

    /** The port of the process itself, past that network. */
    int port() {
        return process.port();
    }

    /** The network between it and its clients. */
    TcpProxy front() {
        if (front == null) {
            front = new TcpProxy(process.port());
        }
        return front;
    }

    void awaitReady() {
        process.awaitReady();
    }

    boolean isReady() {
        return process.isReady();
    }

    void signal(String signal) {
        process.signal(signal);
    }

    /** Asks it to stop, and waits until it has. */
    void stop() {
        process.stop();
    }

    void kill() {
        process.kill();
    }

    /** Starts it again, and waits until it is ready. */
    void restart() {
        process.restart().awaitReady();
    }

    @Override
    public void close() {
        process.close();
        if (front != null) {
            front.close();
        }
    }
}
