package dev.tailrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.testing.Ports;
import dev.tailrace.testing.Processes;
import dev.tailrace.testing.RedisProcess;
import java.io.IOException;
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
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A broker's process is killed, or asked to stop, in the middle of a load, with the real commands attached. */
class BrokerKillTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int LINES = 60_000;
    private static final Pattern NUMBER = Pattern.compile("\"message\":\"line (\\d+) ");

    @TempDir
    private Path directory;

    private final int port = Ports.free();

    @Test
    @Timeout(value = 3, unit = TimeUnit.MINUTES)
    void brokerKilledInMidLoad_sendAndTailLoseNothing_andRepeatNothing() throws Exception {
        try (RedisProcess redis = RedisProcess.start()) {
            assertNothingLostWhen(redis, "KILL");
        }
    }

    @Test
    @Timeout(value = 3, unit = TimeUnit.MINUTES)
    void brokerAskedToStopInMidLoad_sendAndTailLoseNothing_andRepeatNothing() throws Exception {
        try (RedisProcess redis = RedisProcess.start()) {
            assertNothingLostWhen(redis, "TERM");
        }
    }

    private void assertNothingLostWhen(RedisProcess redis, String signal) throws Exception {
        // As many entries as lines, so that a restart of the JVM cannot let any leave the ring unseen.
        List<String> serve = List.of(
                "serve",
                "--port",
                "" + port,
                "--management-port",
                "0",
                "--redis",
                redis.url(),
                "--ring-capacity",
                "" + LINES);
        Path input = directory.resolve("input");
        Files.write(
                input,
                IntStream.rangeClosed(1, LINES)
                        .mapToObj(line -> "line " + line + " " + "x".repeat(60))
                        .toList());
        Path output = directory.resolve("tail.out");
        String url = "http://127.0.0.1:" + port;

        Process broker = tailrace("broker", serve);
        awaitListening();
        Process tail = tailrace("tail", List.of("tail", "door", "--json", "--tail", "0", "--url", url));
        await().atMost(PATIENCE).until(this::isWatched);
        Process send = tailrace("send", List.of("send", "--device", "door", "--url", url, input.toString()));

        await("under way").atMost(PATIENCE).until(() -> numbers(output).size() > LINES / 20);
        Processes.signal(broker, signal);
        assertThat(broker.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(send.isAlive()).as("the fault came in mid-load").isTrue();
        broker = tailrace("broker", serve);

        assertThat(send.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(send.exitValue()).isZero();
        await("all lines").atMost(PATIENCE).until(() -> numbers(output).contains(LINES));
        tail.destroy();
        broker.destroy();
        List<Integer> seen = numbers(output);
        assertThat(seen).isEqualTo(IntStream.rangeClosed(1, LINES).boxed().toList());
        assertThat(broker.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(tail.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }

    private Process tailrace(String name, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "dev.tailrace.cli.Main"));
        command.addAll(arguments);
        return Processes.start(command, directory, directory.resolve(name + ".out"));
    }

    private void awaitListening() {
        await("listening").atMost(PATIENCE).ignoreExceptions().until(() -> {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress("127.0.0.1", port), 1000);
                return true;
            }
        });
    }

    private boolean isWatched() throws IOException, InterruptedException {
        var request = java.net.http.HttpRequest.newBuilder(
                        java.net.URI.create("http://127.0.0.1:" + port + "/api/v1/devices/door"))
                .build();
        String body = java.net.http.HttpClient.newHttpClient()
                .send(request, java.net.http.HttpResponse.BodyHandlers.ofString())
                .body();
        return body.contains("\"watchers\":1");
    }

    private static List<Integer> numbers(Path output) throws IOException {
        if (!Files.exists(output)) {
            return List.of();
        }
        List<Integer> numbers = new ArrayList<>();
        for (String line : Files.readAllLines(output)) {
            Matcher match = NUMBER.matcher(line);
            if (match.find()) {
                numbers.add(Integer.parseInt(match.group(1)));
            }
        }
        return numbers;
    }
}
