package dev.tailrace.cli.canary;

import com.sun.net.httpserver.HttpServer;
import dev.tailrace.client.Bearer;
import dev.tailrace.client.BrokerUrl;
import dev.tailrace.client.Console;
import dev.tailrace.client.DurationConverter;
import dev.tailrace.client.Http;
import dev.tailrace.client.UsageException;
import dev.tailrace.client.Version;
import dev.tailrace.model.DeviceId;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code tailrace canary}: devices that write numbered lines, and readers that account for every number. */
@Command(
        name = "canary",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Writes numbered lines as its own devices, reads them back, and checks every number: delivered once,"
                    + " covered by a gap, or LOST, DUPLICATED or REORDERED; a position that names two lines is RENAMED.",
            "Can run against brokers in production: a few lines per second show whether they keep their promises. The"
                    + " exit code is 1 if a promise was broken."
        })
public final class Canary implements Callable<Integer> {

    private static final Duration OPENING = Duration.ofSeconds(30);
    private static final Duration LOOK = Duration.ofMillis(20);

    private final Console console;
    private final CountDownLatch interrupted = new CountDownLatch(1);
    private final CountDownLatch done = new CountDownLatch(1);

    @Option(
            names = "--url",
            paramLabel = "URL",
            converter = BrokerUrl.Converter.class,
            split = ",",
            defaultValue = "${env:TAILRACE_URL:-http://127.0.0.1:8080}",
            description =
                    "URL of a broker; repeatable or comma-separated for brokers that share their storage: each connection"
                            + " uses the next one (TAILRACE_URL; default http://127.0.0.1:8080)")
    private List<BrokerUrl> urls = new ArrayList<>();

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            defaultValue = "${env:TAILRACE_CA}",
            description =
                    "PEM file with the certificate authorities to trust for https:// (TAILRACE_CA; default: those of the JVM)")
    private @Nullable Path authorities;

    @Mixin
    private Bearer.Choice token = new Bearer.Choice();

    @Option(
            names = "--prefix",
            paramLabel = "NAME",
            defaultValue = "canary",
            description =
                    "prefix of the device names: NAME-1, NAME-2, … (default: ${DEFAULT-VALUE}); two canaries that run at once need different names")
    private String prefix = "canary";

    @Option(
            names = "--devices",
            paramLabel = "N",
            defaultValue = "3",
            description = "number of devices (default: ${DEFAULT-VALUE})")
    private int devices = 3;

    @Option(
            names = "--readers",
            paramLabel = "N",
            defaultValue = "2",
            description = "number of readers per device (default: ${DEFAULT-VALUE})")
    private int readers = 2;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "5",
            description = "lines per second per device (default: ${DEFAULT-VALUE})")
    private double rate = 5;

    @Option(
            names = "--bytes",
            paramLabel = "N",
            defaultValue = "100",
            description = "message size in bytes, in addition to the number (default: ${DEFAULT-VALUE})")
    private int bytes = 100;

    @Option(
            names = "--for",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "duration, such as 30s, 5m or 2h (default: until interrupted)")
    private @Nullable Duration time;

    @Option(
            names = "--settle",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            defaultValue = "30s",
            description = "time for the last lines to arrive at the end (default: ${DEFAULT-VALUE})")
    private Duration settle = Duration.ofSeconds(30);

    @Option(
            names = "--silence",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            defaultValue = "45s",
            description =
                    "treat a stream as dead after this silence, or after two and a half of the heartbeat intervals that the broker announces, whichever is shorter (default: ${DEFAULT-VALUE})")
    private Duration silence = Duration.ofSeconds(45);

    @Option(
            names = "--interval",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            defaultValue = "10s",
            description = "report interval (default: ${DEFAULT-VALUE})")
    private Duration interval = Duration.ofSeconds(10);

    @Option(names = "--json", description = "report as JSON, one object per line")
    private boolean json;

    @Option(names = "--metrics-port", paramLabel = "PORT", description = "port that serves /metrics for Prometheus")
    private @Nullable Integer metricsPort;

    @Option(
            names = "--metrics-host",
            paramLabel = "HOST",
            defaultValue = "127.0.0.1",
            description = "address that serves /metrics (default: ${DEFAULT-VALUE})")
    private String metricsHost = "127.0.0.1";

    public Canary(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (devices < 1
                || devices > 1000
                || readers < 1
                || readers > 100
                || !(rate >= 0.01 && rate <= 10_000)
                || bytes < 0
                || bytes > 60_000) {
            throw new UsageException(
                    "--devices is 1 to 1000, --readers 1 to 100, --rate 0.01 to 10000, --bytes 0 to 60000");
        }
        HttpClient client = Http.client(authorities);
        var http = new Http(token.read(console), client);
        String run = UUID.randomUUID().toString().substring(0, 13);
        List<CanaryDevice> writing = new ArrayList<>();
        List<CanaryReader> reading = new ArrayList<>();
        for (int i = 1; i <= devices; i++) {
            var id = name(i);
            writing.add(new CanaryDevice(id, run, urls, i, http, console, rate, bytes));
            var names = new PositionNames();
            for (int j = 0; j < readers; j++) {
                reading.add(new CanaryReader(id, run, urls, i + j, http, console, silence, names));
            }
        }
        return run(writing, reading);
    }

    private DeviceId name(int number) {
        try {
            return new DeviceId(prefix + "-" + number);
        } catch (IllegalArgumentException wrong) {
            throw new UsageException("--prefix: " + wrong.getMessage());
        }
    }

    private int run(List<CanaryDevice> writing, List<CanaryReader> reading) throws IOException, InterruptedException {
        long began = System.nanoTime();
        var hook = new Thread(this::interrupt, "interrupt");
        Runtime.getRuntime().addShutdownHook(hook);
        HttpServer metrics = metricsPort == null ? null : serveMetrics(metricsPort, began, writing, reading);
        try {
            reading.forEach(CanaryReader::start);
            for (CanaryReader reader : reading) {
                if (!reader.awaitOpened(OPENING)) {
                    throw new IOException("no stream of " + reader.device() + " within " + OPENING.toSeconds()
                            + " s; check that a broker runs there and that the token may read");
                }
            }
            writing.forEach(CanaryDevice::start);
            write(began, writing, reading);
            settle(writing, reading);
            CanaryTotals last = totals(began, writing, reading);
            report(last, true);
            return last.isFaulty() ? CommandLine.ExitCode.SOFTWARE : CommandLine.ExitCode.OK;
        } finally {
            if (metrics != null) {
                metrics.stop(0);
            }
            done.countDown();
            forget(hook);
        }
    }

    private void write(long began, List<CanaryDevice> writing, List<CanaryReader> reading)
            throws IOException, InterruptedException {
        long now = System.nanoTime();
        long until = time == null ? Long.MAX_VALUE : now + time.toNanos();
        long nextTold = now + interval.toNanos();
        while (time == null || until - System.nanoTime() > 0) {
            if (writing.stream().anyMatch(CanaryDevice::hasEnded)) {
                throw new IOException("a device was refused"); // the device and the reason have been logged
            }
            long wait = Math.min(nextTold, time == null ? nextTold : until) - System.nanoTime();
            if (interrupted.await(Math.max(0, Math.min(wait, LOOK.toNanos() * 50)), TimeUnit.NANOSECONDS)) {
                return;
            }
            if (System.nanoTime() - nextTold >= 0) {
                report(totals(began, writing, reading), false);
                nextTold += interval.toNanos();
            }
        }
    }

    /** Waits for lines in flight, and then closes all ledgers. */
    private void settle(List<CanaryDevice> writing, List<CanaryReader> reading) throws InterruptedException {
        long until = System.nanoTime() + settle.toNanos();
        for (CanaryDevice device : writing) {
            device.stop(Duration.ofNanos(Math.max(1, until - System.nanoTime())));
        }
        for (CanaryReader reader : reading) {
            long last = writing.stream()
                    .filter(device -> device.id().equals(reader.device()))
                    .mapToLong(CanaryDevice::acknowledged)
                    .sum();
            while (reader.ledger().last() < last && until - System.nanoTime() > 0) {
                TimeUnit.NANOSECONDS.sleep(LOOK.toNanos());
            }
            reader.stop();
            reader.ledger().end(last);
        }
    }

    private static CanaryTotals totals(long began, List<CanaryDevice> writing, List<CanaryReader> reading) {
        return CanaryTotals.of((System.nanoTime() - began) / 1e9, writing, reading);
    }

    private void report(CanaryTotals totals, boolean last) {
        console.out().println(json ? totals.json(last) : totals.text());
        if (console.out().failure() != null) {
            interrupted.countDown(); // as a signal does: nobody reads what it would find
        }
    }

    private HttpServer serveMetrics(int port, long began, List<CanaryDevice> writing, List<CanaryReader> reading)
            throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(metricsHost, port), 0);
        server.createContext("/metrics", exchange -> {
            byte[] body = totals(began, writing, reading).metrics().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        return server;
    }

    // The process ends when its shutdown hooks do, so the hook waits until the ledgers are closed.
    private void interrupt() {
        interrupted.countDown();
        try {
            done.await(settle.toMillis() + OPENING.toMillis(), TimeUnit.MILLISECONDS);
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
}
