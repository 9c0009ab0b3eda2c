package dev.tailrace.cli.send;

import dev.tailrace.client.Backoff;
import dev.tailrace.client.Bearer;
import dev.tailrace.client.BrokerUrl;
import dev.tailrace.client.Console;
import dev.tailrace.client.Http;
import dev.tailrace.client.IngestSocket;
import dev.tailrace.client.LineEncoder;
import dev.tailrace.client.OutageNotice;
import dev.tailrace.client.Query;
import dev.tailrace.client.Rejections;
import dev.tailrace.client.SendWindow;
import dev.tailrace.client.Sender;
import dev.tailrace.client.StreamName;
import dev.tailrace.client.UsageException;
import dev.tailrace.client.Version;
import dev.tailrace.model.DeviceId;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code tailrace send}: each line of an input becomes a line of a device, and is stored once, through lost connections
 * too.
 */
@Command(
        name = "send",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Sends the lines of a file or of standard input as the log of a device.",
            "Each line is stored exactly once, across lost connections and broker restarts: unacknowledged lines are"
                    + " sent again, and their numbers prevent duplicates.",
            "Lines that the broker rejects are reported. The exit code is 1 when every line was rejected, or some were"
                    + " not acknowledged, and 0 when only some were rejected."
        })
public final class Send implements Callable<Integer> {

    /** Time for unanswered lines after an interrupt. */
    static final Duration GRACE = Duration.ofSeconds(5);

    private static final long TOLERANCE_MILLIS = 500;

    private static final int MAX_PRODUCER_LENGTH = 64;

    private final Console console;
    private final IngestSocket.Limits limits;
    private final Backoff backoff;

    @Mixin
    private BrokerUrl.Choice broker = new BrokerUrl.Choice();

    @Mixin
    private Bearer.Choice token = new Bearer.Choice();

    @Option(names = "--device", required = true, paramLabel = "ID", description = "device that the lines belong to")
    private DeviceId device = new DeviceId("unnamed");

    @Option(names = "--service", paramLabel = "NAME", description = "program that wrote the lines")
    private @Nullable String service;

    @Option(
            names = "--stream",
            paramLabel = "STREAM",
            description = "stream that the lines were written to: ${COMPLETION-CANDIDATES}")
    private @Nullable StreamName stream;

    @Option(names = "--level", paramLabel = "LEVEL", description = "severity, such as warn")
    private @Nullable String level;

    @Option(names = "--system", description = "the lines are from the device's own software, not from a service")
    private boolean system;

    @Option(
            names = {"--json", "--raw-json"},
            description =
                    "each line is a JSON object with message and optionally timestamp, service, stream, system and"
                            + " level; the options above are the defaults of absent fields")
    private boolean json;

    @Option(
            names = "--producer",
            paramLabel = "ID",
            description =
                    "identifies this run of the sender (default: random); the same input sent again under the same"
                            + " name is stored only once")
    private @Nullable DeviceId producer;

    @Option(
            names = "--window",
            paramLabel = "N",
            defaultValue = "" + SendWindow.MAX_LINES,
            description = "maximum number of unacknowledged lines (default: ${DEFAULT-VALUE}, and 4 MiB)")
    private int window = SendWindow.MAX_LINES;

    @Option(
            names = "--max-retry",
            paramLabel = "N",
            description = "failed attempts to connect in a row before giving up (default: no limit)")
    private int maxRetries = -1;

    @Parameters(arity = "0..1", paramLabel = "FILE", description = "file to send (default: standard input)")
    private @Nullable Path file;

    public Send(Console console) {
        this(console, IngestSocket.Limits.USUAL, new Backoff());
    }

    Send(Console console, IngestSocket.Limits limits, Backoff backoff) {
        this.console = console;
        this.limits = limits;
        this.backoff = backoff;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (window < 1) {
            throw new UsageException("--window must be at least 1");
        }
        if (producer != null && producer.value().length() > MAX_PRODUCER_LENGTH) {
            throw new UsageException("--producer must have at most " + MAX_PRODUCER_LENGTH + " characters");
        }
        if (file == null) {
            return send(console.in());
        }
        try (InputStream in = Files.newInputStream(file)) {
            return send(in);
        } catch (NoSuchFileException missing) {
            throw new IOException("no such file: " + file, missing);
        }
    }

    private int send(InputStream in) throws IOException, InterruptedException {
        var lines = new SendWindow(window, SendWindow.MAX_BYTES);
        var rejections = new Rejections(console);
        String streamName = stream == null ? null : stream.name();
        var encoder = new LineEncoder(service, streamName, system, level);
        var reader = new InputReader(in, json, encoder, lines, rejections);
        try (Progress progress = Progress.of(file, console)) {
            var sender = new Sender(
                    lines,
                    dialer(lines, rejections),
                    new OutageNotice(console, broker.url),
                    backoff,
                    maxRetries,
                    () -> progress.acknowledged(lines.counts().inputAnswered()));
            reader.start();
            runUnlessInterrupted(sender, () -> {
                progress.close();
                summarize(lines.counts());
            });
        }
        IOException unreadable = reader.failure();
        if (unreadable != null) {
            throw unreadable;
        }
        return outcome(lines.counts());
    }

    /** Some rejected lines among others are a warning: each of them has been reported. */
    private int outcome(SendWindow.Counts counts) throws IOException {
        if (counts.rejected() > 0 && counts.stored() == 0 && counts.unanswered() == 0) {
            throw new IOException("every line was rejected");
        }
        if (counts.rejected() > 0) {
            console.report("tailrace send: warning: " + counts.rejected() + " of "
                    + (counts.rejected() + counts.stored() + counts.unanswered()) + " lines were rejected");
        }
        return counts.unanswered() == 0 ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }

    private Sender.Dialer dialer(SendWindow lines, Rejections rejections) throws IOException {
        String name = producer == null ? UUID.randomUUID().toString() : producer.value();
        URI address = broker.url.webSocket("/api/v1/devices/" + device + "/ingest", new Query().with("producer", name));
        var http = new Http(token.read(console), broker.client());
        return number -> IngestSocket.connect(http, address, lines, number, rejections, limits);
    }

    // The process ends when its shutdown hooks do, so the hook waits until what was read is flushed and summed up.
    private static void runUnlessInterrupted(Sender sender, Runnable sumUp) throws IOException, InterruptedException {
        var done = new CountDownLatch(1);
        var hook = new Thread(() -> flush(sender, done, sumUp), "interrupt");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            sender.run();
        } finally {
            sumUp.run();
            done.countDown();
            forget(hook);
        }
    }

    private static void flush(Sender sender, CountDownLatch done, Runnable sumUp) {
        sender.stop(GRACE);
        try {
            if (!done.await(GRACE.toMillis() + TOLERANCE_MILLIS, TimeUnit.MILLISECONDS)) {
                sumUp.run(); // it is still connecting, which may take longer than the grace period
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException alreadyShuttingDown) {
            // the hook is already running, and ends by itself
        }
    }

    private void summarize(SendWindow.Counts counts) {
        String unanswered = counts.unanswered() == 0 ? "" : ", " + counts.unanswered() + " not acknowledged";
        console.report("sent " + counts.sent() + " lines, " + counts.resent() + " resent, " + counts.rejected()
                + " rejected" + unanswered);
    }
}
