package dev.tailrace.hostile;

import static org.awaitility.Awaitility.await;

import dev.tailrace.testing.Ports;
import dev.tailrace.testing.Processes;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A broker in a process of its own, so that an attack has its memory and its files to itself, as in the image. */
final class AttackedBroker implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final int port = Ports.free();
    private final int managementPort = Ports.free();
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(PATIENCE)
            .build();
    private final Path log;
    private final Process process;

    private AttackedBroker(String name, int heapMiB, int files, List<String> settings) throws IOException {
        Path directory = HostileTools.directory(name);
        this.log = directory.resolve("broker.log");
        Files.deleteIfExists(log);
        String limit = files == 0 ? "" : "ulimit -n " + files + " && ";
        List<String> command = new ArrayList<>(List.of(
                "sh",
                "-c",
                limit + "exec \"$@\"",
                "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(HostileTools.jvmOptions());
        command.addAll(List.of(
                "-Xmx" + heapMiB + "m",
                "-Dlogback.configurationFile="
                        + Path.of("src/main/resources/logback.xml").toAbsolutePath(),
                "-cp",
                System.getProperty("java.class.path"),
                "dev.tailrace.cli.Main",
                "serve",
                "--port",
                "" + port,
                "--management-port",
                "" + managementPort));
        command.addAll(settings);
        this.process = Processes.start(command, Path.of("").toAbsolutePath(), log);
    }

    /**
     * Starts one, and waits until it is ready.
     *
     * @param name of its folder below {@code target/hostile}
     * @param files that it may open; 0: as many as this machine lets it
     * @param settings as on the command line of {@code serve}
     */
    static AttackedBroker start(String name, int heapMiB, int files, String... settings) throws IOException {
        var broker = new AttackedBroker(name, heapMiB, files, List.of(settings));
        try {
            await(name + " is ready")
                    .atMost(PATIENCE)
                    .ignoreExceptions()
                    .until(() -> broker.management("/health/ready").statusCode() == 200);
            return broker;
        } catch (RuntimeException neverReady) {
            broker.close();
            throw new AssertionError(Files.readString(broker.log), neverReady);
        }
    }

    int port() {
        return port;
    }

    int managementPort() {
        return managementPort;
    }

    HttpResponse<String> management(String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + managementPort + path);
        return http.send(HttpRequest.newBuilder(uri).timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
    }

    /** The sum of a metric over those of its labels that begin as in {@code tailrace_connections{port="clients"}. */
    double metric(String name) throws IOException, InterruptedException {
        return management("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(name))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** Of the process, in MiB: what it has now, or has had at most. */
    long residentMiB(boolean atMost) throws IOException {
        try (var lines = Files.lines(Path.of("/proc", "" + process.pid(), "status"))) {
            return lines.filter(line -> line.startsWith(atMost ? "VmHWM:" : "VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                    .findFirst()
                    .orElseThrow();
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    String log() throws IOException {
        return Files.readString(log);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
