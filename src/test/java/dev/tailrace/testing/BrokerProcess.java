package dev.tailrace.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code tailrace serve} as a process of its own. Every test that needs a broker with a JVM to itself starts it here; {@link
 * RunningBroker} runs one inside the JVM of the test. It listens on free ports of loopback, after a restart on the same ones.
 */
public final class BrokerProcess implements AutoCloseable {

    private static final Pattern LISTENING = Pattern.compile(
            "listening on https?://127\\.0\\.0\\.1:(\\d+), management on https?://127\\.0\\.0\\.1:(\\d+)");

    /** With libfaketime a start takes ten seconds of a processor. */
    private static final Duration PATIENCE = Duration.ofSeconds(180);

    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(60);
    private static final Duration READY_LIMIT = Duration.ofSeconds(2);

    private final Builder builder;
    private final Path log;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(ANSWER_LIMIT)
            .build();
    private Process process;
    private int port;
    private int managementPort;

    private BrokerProcess(Builder builder) {
        this.builder = builder;
        this.log = builder.folder.resolve(builder.name + ".log");
        try {
            Files.deleteIfExists(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.process = run();
    }

    /** @param folder for what it prints */
    public static Builder in(Path folder) {
        return new Builder(folder);
    }

    /** How a broker is to be started. */
    public static final class Builder {
        private final Path folder;
        private String name = "broker";
        private List<String> before = List.of();
        private List<String> jvm = List.of();
        private List<String> settings = List.of();

        private Builder(Path folder) {
            this.folder = folder;
        }

        /** Its name in failures, and that of its log, {@code NAME.log}. */
        public Builder named(String is) {
            name = is;
            return this;
        }

        /** The words that the command begins with, such as {@link FakeTime#ahead}. */
        public Builder before(List<String> words) {
            before = words;
            return this;
        }

        /** Lets it open so many files. */
        public Builder openFiles(int most) {
            return before(List.of("sh", "-c", "ulimit -n " + most + " && exec \"$@\"", "sh"));
        }

        /** Options of its JVM. */
        public Builder jvm(List<String> options) {
            jvm = options;
            return this;
        }

        /** More arguments of {@code serve}. */
        public Builder settings(List<String> arguments) {
            settings = arguments;
            return this;
        }

        public Builder settings(String... arguments) {
            return settings(List.of(arguments));
        }

        /** Starts it, and waits until it listens. */
        public BrokerProcess start() {
            BrokerProcess broker = launch();
            try {
                broker.awaitListening();
                return broker;
            } catch (RuntimeException | AssertionError failed) {
                broker.close();
                throw failed;
            }
        }

        /** Starts it without waiting, so that several can start at once. */
        public BrokerProcess launch() {
            return new BrokerProcess(this);
        }
    }

    private Process run() {
        List<String> command = new ArrayList<>(builder.before);
        command.addAll(TailraceCommand.of(
                builder.jvm, "serve", "--port", "" + port, "--management-port", "" + managementPort));
        command.addAll(builder.settings);
        return Processes.start(command, Path.of("").toAbsolutePath(), log);
    }

    private void awaitListening() {
        if (port != 0) {
            return;
        }
        Matcher listening = await(builder.name + " listens").atMost(PATIENCE).until(this::listening, Matcher::find);
        port = Integer.parseInt(listening.group(1));
        managementPort = Integer.parseInt(listening.group(2));
    }

    private Matcher listening() {
        Matcher listening = LISTENING.matcher(output());
        if (!process.isAlive() && !listening.find()) {
            throw new AssertionError(
                    builder.name + " ended with " + process.exitValue() + " before it listened\n" + output());
        }
        return listening.reset();
    }

    /** Waits until it is ready. */
    public BrokerProcess awaitReady() {
        awaitListening();
        await(builder.name + " is ready").atMost(PATIENCE).until(this::isReady);
        return this;
    }

    /** Whether it answers that it is ready, within two seconds. */
    public boolean isReady() {
        try {
            return management("/health/ready", READY_LIMIT).statusCode() == 200;
        } catch (IOException notYet) {
            return false;
        }
    }

    public String name() {
        return builder.name;
    }

    /** Where clients connect; waits until it listens. */
    public int port() {
        awaitListening();
        return port;
    }

    public int managementPort() {
        awaitListening();
        return managementPort;
    }

    public URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port() + path);
    }

    /** Asks the management port. */
    public HttpResponse<String> management(String path) throws IOException {
        return management(path, ANSWER_LIMIT);
    }

    private HttpResponse<String> management(String path, Duration limit) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + managementPort() + path))
                .timeout(limit)
                .build();
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The sum of a metric, as {@link RunningBroker#metric} has it. */
    public double metric(String name) throws IOException {
        return ScrapedMetrics.sum(management("/metrics").body(), name);
    }

    /** All that it has printed, also before a restart. */
    public String output() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The memory that the process has, in MiB (Linux). */
    public long residentMiB() {
        return status("VmRSS:");
    }

    /** The most memory that the process has had, in MiB (Linux). */
    public long mostResidentMiB() {
        return status("VmHWM:");
    }

    private long status(String field) {
        try (var lines = Files.lines(Path.of("/proc", "" + process.pid(), "status"))) {
            return lines.filter(line -> line.startsWith(field))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Sends a signal, by a name such as {@code STOP}. */
    public void signal(String signal) {
        Processes.signal(process, signal);
    }

    /** Asks it to stop, and waits until it has. */
    public void stop() {
        process.destroy();
        exitCode();
    }

    public void kill() {
        process.destroyForcibly();
        exitCode();
    }

    /** Starts it again on the ports that it had; the former process must have ended. */
    public BrokerProcess restart() {
        awaitListening();
        process = run();
        return this;
    }

    /** How the process ended; waits for a minute. */
    public int exitCode() {
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                throw new AssertionError(builder.name + " does not end\n" + output());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
