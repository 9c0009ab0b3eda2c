package dev.tailrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.testing.BrokerProcess;
import dev.tailrace.testing.Processes;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.TailraceCommand;
import java.io.IOException;
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
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A broker's process is killed, or asked to stop, in the middle of a load, while the real commands send and read. */
class BrokerKillTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int LINES = 60_000;
    private static final Pattern NUMBER = Pattern.compile("\"message\":\"line (\\d+) ");

    @TempDir
    private Path directory;

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
        Path input = directory.resolve("input");
        Files.write(
                input,
                IntStream.rangeClosed(1, LINES)
                        .mapToObj(line -> "line " + line + " " + "x".repeat(60))
                        .toList());
        Path output = directory.resolve("tail.out");
        // As many entries as lines, so that a restart of the JVM cannot let any leave the ring unseen.
        try (BrokerProcess broker = BrokerProcess.in(directory)
                .settings("--redis", redis.url(), "--ring-capacity", "" + LINES)
                .start()) {
            Process tail = tailrace(broker, "tail", "door", "--json", "--tail", "0");
            await().atMost(PATIENCE).until(() -> isWatched(broker));
            Process send = tailrace(broker, "send", "--device", "door", input.toString());

            await("under way").atMost(PATIENCE).until(() -> numbers(output).size() > LINES / 20);
            broker.signal(signal);
            broker.exitCode();
            assertThat(send.isAlive()).as("the fault came in mid-load").isTrue();
            broker.restart();

            assertThat(send.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(send.exitValue()).isZero();
            await("all lines").atMost(PATIENCE).until(() -> numbers(output).contains(LINES));
            tail.destroy();
            broker.stop();
            List<Integer> seen = numbers(output);
            assertThat(seen).isEqualTo(IntStream.rangeClosed(1, LINES).boxed().toList());
            assertThat(tail.waitFor(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    /** A command that talks to the broker; what it prints is in a file of its name. */
    private Process tailrace(BrokerProcess broker, String command, String... arguments) {
        List<String> all =
                new ArrayList<>(List.of(command, "--url", broker.uri("").toString()));
        all.addAll(List.of(arguments));
        return Processes.start(
                TailraceCommand.of(List.of(), all.toArray(String[]::new)),
                directory,
                directory.resolve(command + ".out"));
    }

    private static boolean isWatched(BrokerProcess broker) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(broker.uri("/api/v1/devices/door")).build();
        String body = HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
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
