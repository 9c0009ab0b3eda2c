package dev.tailrace.ingest;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.auth.Authenticator;
import dev.tailrace.auth.Credential;
import dev.tailrace.auth.Fleets;
import dev.tailrace.auth.Identity;
import dev.tailrace.auth.Permission;
import dev.tailrace.config.Setting;
import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.RingUnavailableException;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.TestIdentity;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Records of many devices, from a sender whose permissions are known when the test answers. */
final class AdmissionTest {

    private static final String TOKEN = "the administrator's token";

    private final Queue<Question> questions = new ConcurrentLinkedQueue<>();
    private RunningBroker broker;

    /** A question, to be answered on the event loop that asked. */
    private record Question(DeviceId device, Context context, Promise<Boolean> promise) {
        void answer(boolean may) {
            context.runOnContext(nothing -> promise.complete(may));
        }
    }

    private final class Late extends TestIdentity implements Authenticator {
        @Override
        public Future<@Nullable Identity> identify(Credential credential) {
            return Future.succeededFuture(credential.text().equals("late") ? this : null);
        }

        @Override
        public Future<Boolean> may(Permission permission, DeviceId device) {
            Question question = new Question(device, Vertx.currentContext(), Promise.promise());
            questions.add(question);
            return question.promise.future();
        }
    }

    private List<Authenticator> late(Fleets fleets) {
        return List.of(new Late());
    }

    @BeforeEach
    void start() {
        broker = RunningBroker.start(
                Map.of(Setting.AUTH_ADMIN_TOKEN, TOKEN, Setting.INGEST_WINDOW_LINES, "2"), this::late);
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    private CompletableFuture<HttpResponse<String>> post(String path, String body) {
        return broker.http.sendAsync(
                HttpRequest.newBuilder(broker.uri(path))
                        .header("Authorization", "Bearer late")
                        .header("Content-Type", "application/json")
                        .timeout(Duration.ofSeconds(30))
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private static String otlp(List<String> devices) {
        List<String> resources = new ArrayList<>();
        for (int i = 0; i < devices.size(); i++) {
            resources.add("{\"resource\":{\"attributes\":[{\"key\":\"device.id\",\"value\":{\"stringValue\":\""
                    + devices.get(i) + "\"}}]},\"scopeLogs\":[{\"logRecords\":[{\"body\":{\"stringValue\":\"" + i
                    + "\"}}]}]}");
        }
        return "{\"resourceLogs\":[" + String.join(",", resources) + "]}";
    }

    private static String loki(List<String> devices) {
        List<String> streams = new ArrayList<>();
        for (int i = 0; i < devices.size(); i++) {
            streams.add("{\"stream\":{\"device\":\"" + devices.get(i) + "\"},\"values\":[[\"1763820000100000000\",\""
                    + i + "\"]]}");
        }
        return "{\"streams\":[" + String.join(",", streams) + "]}";
    }

    private static String gelf(List<String> devices) {
        return IntStream.range(0, devices.size())
                .mapToObj(i -> "{\"host\":\"" + devices.get(i) + "\",\"short_message\":\"" + i + "\"}")
                .collect(Collectors.joining("\n"));
    }

    private Map<DeviceId, Question> asked(int number) {
        await().atMost(10, SECONDS).until(() -> questions.size() >= number);
        return questions.stream().collect(Collectors.toMap(Question::device, one -> one));
    }

    private List<String> messages(String device) {
        HttpResponse<String> answer =
                broker.get("/api/v1/devices/" + device + "/logs?format=ndjson", "Authorization", "Bearer " + TOKEN);
        return answer.body()
                .lines()
                .map(line -> new JsonObject(line).getString("message"))
                .toList();
    }

    private static List<String> numbers(int from, int until, int step) {
        return IntStream.iterate(from, i -> i < until, i -> i + step)
                .mapToObj(String::valueOf)
                .toList();
    }

    private void completesInOrder(String path, String body, int status, String... told) {
        CompletableFuture<HttpResponse<String>> answer = post(path, body);
        Map<DeviceId, Question> asked = asked(2);
        asked.get(new DeviceId("mine")).answer(true);
        asked.get(new DeviceId("theirs")).answer(false);
        assertThat(answer.join().statusCode()).isEqualTo(status);
        assertThat(List.of(told)).allMatch(part -> answer.join().body().contains(part));
        assertThat(messages("mine")).isEqualTo(numbers(0, 300, 2));
        assertThat(messages("theirs")).isEmpty();
        assertThat(questions).hasSize(2); // once per device
        await().atMost(10, SECONDS).until(() -> broker.metric("tailrace_pending_bytes") == 0);
        assertThat(broker.unaccountedLines()).isZero();
    }

    private static List<String> inTurns() {
        return IntStream.range(0, 300)
                .mapToObj(i -> i % 2 == 0 ? "mine" : "theirs")
                .toList();
    }

    @Test
    void otlp_withADeviceThatTheSenderMayNotWrite_isStoredInOrderExceptForIt() {
        completesInOrder(
                "/v1/logs", otlp(inTurns()), 200, "\"rejectedLogRecords\":\"150\"", "unknown device, or no permission");
    }

    @Test
    void loki_withADeviceThatTheSenderMayNotWrite_isStoredInOrderExceptForIt() {
        completesInOrder("/loki/api/v1/push", loki(inTurns()), 204);
    }

    @Test
    void gelf_withADeviceThatTheSenderMayNotWrite_isStoredInOrderExceptForIt() {
        completesInOrder("/gelf", gelf(inTurns()), 202, "\"rejected\":150");
    }

    @Test
    void lateAnswers_delayTheRestOfTheDocument() {
        List<String> devices = IntStream.range(0, 300).mapToObj(i -> "d" + i).toList();
        CompletableFuture<HttpResponse<String>> answer = post("/v1/logs", otlp(devices));
        await().atMost(10, SECONDS).until(() -> !questions.isEmpty());
        await().during(Duration.ofMillis(300)).atMost(10, SECONDS).until(() -> questions.size() <= 64);
        assertThat(answer).isNotDone();
        await().pollInterval(Duration.ofMillis(2)).atMost(20, SECONDS).until(() -> {
            while (!questions.isEmpty()) {
                questions.remove().answer(true);
            }
            return answer.isDone();
        });
        assertThat(answer.join().body()).isEqualTo("{}");
        assertThat(messages("d299")).containsExactly("299");
    }

    @Test
    void failedPermissionCheck_asksTheSenderToRetry() {
        CompletableFuture<HttpResponse<String>> answer = post("/v1/logs", otlp(List.of("mine", "theirs", "mine")));
        Map<DeviceId, Question> asked = asked(2);
        Question away = asked.get(new DeviceId("theirs"));
        away.context.runOnContext(nothing -> away.promise.fail(new RingUnavailableException("away")));
        asked.get(new DeviceId("mine")).answer(true);
        assertThat(answer.join().statusCode()).isEqualTo(503);
        assertThat(answer.join().headers().firstValue("Retry-After")).isPresent();
    }
}
