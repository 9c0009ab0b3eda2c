package dev.tailrace.server;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.auth.Authenticator;
import dev.tailrace.auth.Fleets;
import dev.tailrace.auth.Identity;
import dev.tailrace.config.Setting;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RespClient;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import io.vertx.core.Future;
import java.net.http.HttpRequest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Announcements are received while every event loop that serves clients is blocked. */
final class SubscriberLoopTest {

    private static final Pattern WAITING = Pattern.compile(" omem=([0-9]+)");

    /** More than the socket buffers between Redis and a broker hold. */
    private static final int POSTS = 12;

    private static final int LINES = 50;

    private final CountDownLatch stuck = new CountDownLatch(1);
    private final CountDownLatch free = new CountDownLatch(1);

    /** Accepts every caller; the token {@code stuck} blocks the event loop on which it arrives. */
    private Function<Fleets, List<Authenticator>> everybody() {
        return fleets -> List.of(credential -> {
            if (credential.text().equals("stuck")) {
                stuck.countDown();
                awaitQuietly(free);
            }
            return Future.succeededFuture(Identity.EVERYBODY);
        });
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, SECONDS)).isTrue();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    @Test
    void blockedLoops_doNotBlockTheSubscriber() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                RunningBroker broker =
                        RunningBroker.start(Map.of(Setting.REDIS, redis.url(), Setting.EVENT_LOOPS, "1"), everybody());
                RunningBroker other = RunningBroker.start(Map.of(Setting.REDIS, redis.url()));
                SseReader reader = SseReader.open(
                        broker.port(), "/api/v1/devices/d/logs/stream?tail=1", "Authorization", "Bearer any")) {
            other.say("d", "first");
            assertThat(reader.entry()).isEqualTo("first");
            var unused = broker.http.sendAsync(
                    HttpRequest.newBuilder(broker.uri("/api/v1/limits"))
                            .header("Authorization", "Bearer stuck")
                            .build(),
                    java.net.http.HttpResponse.BodyHandlers.discarding());
            assertThat(stuck.await(10, SECONDS)).isTrue();
            String[] lines = new String[LINES];
            Arrays.fill(lines, "x".repeat(60_000));
            for (int i = 0; i < POSTS; i++) {
                other.say("d", lines);
            }
            try (RespClient client = new RespClient("127.0.0.1", redis.port())) {
                await().atMost(20, SECONDS)
                        .untilAsserted(() -> assertThat(waitingForSubscribers(client))
                                .as("bytes that Redis holds for its subscribers")
                                .isZero());
            } finally {
                free.countDown();
            }
        }
    }

    private static long waitingForSubscribers(RespClient client) {
        String list = String.valueOf(client.call("CLIENT", "LIST", "TYPE", "pubsub"));
        return WAITING.matcher(list)
                .results()
                .mapToLong(found -> Long.parseLong(found.group(1)))
                .sum();
    }
}
