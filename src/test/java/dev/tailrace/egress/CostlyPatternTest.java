package dev.tailrace.egress;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.auth.Authenticator;
import dev.tailrace.auth.Fleets;
import dev.tailrace.auth.Grant;
import dev.tailrace.auth.GrantedIdentity;
import dev.tailrace.auth.Identity;
import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import io.vertx.core.Future;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Which callers' patterns wait for which, in history, in Loki's queries and live: ten readers of one caller, and one of
 * another.
 */
final class CostlyPatternTest {

    /** A pattern as costly as permitted, which only the last line matches. */
    private static final String PATTERN = "((a{20}){20})b";

    private static final int MANY = 10;

    private static RunningBroker broker;

    // readers in the order in which their answers were complete
    private final List<String> order = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(Setting.EVENT_LOOPS, "1"), CostlyPatternTest::subjects);
        String[] lines = new String[30];
        Arrays.fill(lines, "a".repeat(1000));
        say(lines);
        say("a".repeat(400) + "b");
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static void say(String... lines) {
        HttpResponse<String> answer = broker.request(
                "POST",
                "/api/v1/devices/d/logs",
                String.join("\n", lines),
                "Authorization",
                "Bearer device",
                "Content-Type",
                "text/plain");
        assertThat(answer.statusCode()).isEqualTo(202);
    }

    /** A token is the name of its bearer, who may do everything. */
    private static List<Authenticator> subjects(Fleets fleets) {
        return List.of(credential -> Future.succeededFuture(new GrantedIdentity(
                credential.text(), List.of(), Identity.NEVER, List.of(Grant.parse("admin@*")), fleets)));
    }

    /** Requests what ends with the last line. */
    private CompletableFuture<?> read(String who, String path, List<CompletableFuture<?>> all) {
        HttpRequest request = HttpRequest.newBuilder(broker.uri(path))
                .header("Authorization", "Bearer " + who)
                .build();
        CompletableFuture<?> whole = broker.http
                .sendAsync(request, BodyHandlers.ofLines())
                .thenAccept(answer -> {
                    try (Stream<String> lines = answer.body()) {
                        if (lines.anyMatch(line -> line.contains("aab"))) {
                            order.add(who);
                        }
                    }
                });
        all.add(whole);
        return whole;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v1/devices/d/logs?format=ndjson&regex=",
                "/api/v1/devices/d/logs/stream?tail=1000&regex=",
                "/device/v2/d/logs?regex=",
                "/loki/api/v1/query_range?direction=forward&query=",
                "/loki/api/v1/query_range?query="
            })
    void manyReadersOfOneCaller_takeNoMoreTimeThanOneOfAnother(String path) {
        List<CompletableFuture<?>> all = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            var unused = read("many", path + pattern(path, "(" + PATTERN + "|" + i + "x)"), all);
        }
        // After all of them have begun, so that it is the last to come.
        await().atMost(20, SECONDS).until(() -> broker.metric("tailrace_filter_seconds_count") > 0);
        var unused = read("one", path + pattern(path, PATTERN), all);
        await().atMost(60, SECONDS).until(() -> order.contains("one"));
        assertThat(order.indexOf("one")).as("%s", order).isLessThan(MANY / 2);
        await().atMost(60, SECONDS).until(() -> order.size() == MANY + 1);
        assertThat(all)
                .allSatisfy(one -> assertThat(one.isCompletedExceptionally()).isFalse());
    }

    private static String pattern(String path, String pattern) {
        return encoded(path.startsWith("/loki") ? "{device=\"d\"} |~ \"" + pattern + "\"" : pattern);
    }

    @Test
    void moreRequestsThanMayWait_areRefused_andThoseOfAnotherAreNot() {
        String path = "/api/v1/devices/d/logs?limit=5&regex=" + encoded(PATTERN);
        List<CompletableFuture<HttpResponse<Void>>> all = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            all.add(broker.http.sendAsync(
                    HttpRequest.newBuilder(broker.uri(path))
                            .header("Authorization", "Bearer many")
                            .build(),
                    BodyHandlers.discarding()));
        }
        await().atMost(60, SECONDS).until(() -> all.stream().anyMatch(CostlyPatternTest::isRefused));
        HttpResponse<String> other = broker.get(path, "Authorization", "Bearer one");
        assertThat(other.statusCode()).isEqualTo(200);
        assertThat(other.body()).contains("aab");
        // No work is done for readers that have left, so the broker is idle soon.
        all.forEach(one -> one.cancel(true));
        AtomicReference<Double> before = new AtomicReference<>(0.0);
        await().atMost(20, SECONDS).pollInterval(Duration.ofMillis(300)).until(() -> {
            double slices = broker.metric("tailrace_filter_seconds_count");
            return before.getAndSet(slices) == slices;
        });
        assertThat(broker.metric("tailrace_refused_total{limit=\"costly-filters\"}"))
                .isPositive();
    }

    private static boolean isRefused(CompletableFuture<HttpResponse<Void>> answer) {
        return answer.isDone() && answer.join().statusCode() == 429;
    }
}
