package dev.tailrace.cli.canary;

import dev.tailrace.client.Backoff;
import dev.tailrace.client.BrokerUrl;
import dev.tailrace.client.Console;
import dev.tailrace.client.ErrorText;
import dev.tailrace.client.Http;
import dev.tailrace.client.IngestSocket;
import dev.tailrace.client.LineEncoder;
import dev.tailrace.client.NumberedLine;
import dev.tailrace.client.OutageNotice;
import dev.tailrace.client.Query;
import dev.tailrace.client.Rejections;
import dev.tailrace.client.SendWindow;
import dev.tailrace.client.Sender;
import dev.tailrace.model.DeviceId;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A device of the canary: sends numbered lines at a steady rate, through any broker that accepts them, until each is
 * answered.
 */
final class CanaryDevice {

    private static final Duration CONNECT = Duration.ofSeconds(3);

    /** The next broker is tried sooner than an ordinary sender would; the numbers make repetitions harmless. */
    private static final IngestSocket.Limits LIMITS =
            new IngestSocket.Limits(CONNECT, Duration.ofSeconds(1), Duration.ofSeconds(4), Duration.ofSeconds(1));

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);

    private final DeviceId id;
    private final SendWindow window = new SendWindow(SendWindow.MAX_LINES, SendWindow.MAX_BYTES);
    private final LineEncoder encoder = new LineEncoder("canary", null, false, null);
    private final Sender sender;
    private final Thread writing;
    private final Thread sending;
    private final long nanosPerLine;
    private final String prefix;
    private final String padding;
    private volatile boolean stopped;
    private volatile long written;

    /**
     * @param run name of this run in each message, which distinguishes its lines from those of other runs
     * @param urls of brokers; each connection goes to the next one
     * @param turn index of the first broker
     * @param rate lines per second
     */
    CanaryDevice(
            DeviceId id,
            String run,
            List<BrokerUrl> urls,
            int turn,
            Http http,
            Console console,
            double rate,
            int bytes) {
        this.id = id;
        this.nanosPerLine = (long) (TimeUnit.SECONDS.toNanos(1) / rate);
        this.prefix = "canary " + run + " ";
        this.padding = " " + "x".repeat(bytes);
        var rejections = new Rejections(console);
        List<URI> addresses = urls.stream()
                .map(url -> url.webSocket("/api/v1/devices/" + id + "/ingest", new Query().with("producer", run)))
                .toList();
        this.sender = new Sender(
                window,
                number -> IngestSocket.connect(
                        http,
                        addresses.get((int) ((turn + number) % addresses.size())),
                        window,
                        number,
                        rejections,
                        LIMITS),
                OutageNotice.silent(),
                new Backoff(Backoff.FIRST, LONGEST_WAIT),
                -1,
                () -> {});
        this.writing = new Thread(this::write, "canary-" + id);
        this.sending = new Thread(() -> send(console), "canary-sender-" + id);
        writing.setDaemon(true);
        sending.setDaemon(true);
    }

    void start() {
        writing.start();
        sending.start();
    }

    private void write() {
        long due = System.nanoTime();
        try {
            while (!stopped) {
                LockSupport.parkNanos(due - System.nanoTime());
                if (System.nanoTime() - due < 0) {
                    continue;
                }
                long number = written + 1;
                byte[] line = encoder.encodeText(number, prefix + number + padding, System.currentTimeMillis());
                if (!window.put(new NumberedLine(number, line, number, number))) {
                    return;
                }
                written = number;
                due = Math.max(due + nanosPerLine, System.nanoTime() - nanosPerLine); // no burst after a wait for room
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    private void send(Console console) {
        try {
            sender.run();
        } catch (IOException refused) {
            console.report("tailrace canary: " + id + " cannot write: " + ErrorText.of(refused));
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops writing; lines in flight have this much time left. */
    void stop(Duration grace) throws InterruptedException {
        stopped = true;
        sender.stop(grace);
        sending.join(grace.toMillis() + CONNECT.toMillis());
    }

    DeviceId id() {
        return id;
    }

    /** Whether it has given up, for example because it may not write. */
    boolean hasEnded() {
        return !sending.isAlive();
    }

    long written() {
        return written;
    }

    /** The number up to which all lines are stored. */
    long acknowledged() {
        return window.counts().inputAnswered();
    }

    long rejected() {
        return window.counts().rejected();
    }
}
