package dev.tailrace.egress;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A broker that goes away, as its readers see it. */
final class LeavingTest {

    @Test
    void stop_readersAreToldWhenToComeBackAndThatItEnds() {
        RunningBroker broker = RunningBroker.start(Map.of(Setting.DRAIN_TIME, "10s"));
        broker.say("d", "a");
        SseReader one = SseReader.open(broker.port(), "/api/v1/devices/d/logs/stream?tail=1");
        SseReader several = SseReader.open(broker.port(), "/api/v1/logs/stream?device=d&device=e&tail=1");
        SseReader ndjson =
                SseReader.open(broker.port(), "/api/v1/devices/d/logs/stream?tail=1", "Accept", "application/x-ndjson");
        assertThat(one.entry()).isEqualTo("a");
        assertThat(several.entry()).isEqualTo("a");
        assertThat(several.message().name()).isEqualTo("checkpoint");
        assertThat(ndjson.line()).isEmpty();
        assertThat(ndjson.line()).contains("\"a\"");

        broker.close();

        SseReader.Event retry = one.next();
        assertThat(retry.retry()).isBetween(100L, 5100L);
        assertBye(one.next());
        assertThat(one.next()).as("the stream ends well").isNull();
        assertThat(several.next().retry()).isNotNull();
        assertThat(several.next().name()).as("a last place to resume from").isEqualTo("checkpoint");
        assertBye(several.next());
        assertThat(several.next()).isNull();
        assertThat(new JsonObject(ndjson.line()))
                .isEqualTo(new JsonObject().put("event", "bye").put("reason", "draining"));
        assertThat(ndjson.line()).isNull();
    }

    private static void assertBye(SseReader.Event event) {
        assertThat(event.name()).isEqualTo("bye");
        assertThat(event.json()).isEqualTo(new JsonObject().put("reason", "draining"));
        assertThat(event.id()).isNull();
    }

    @Test
    void streamThatIsOldEnough_endsPolitely_andIsResumed() {
        try (RunningBroker broker =
                RunningBroker.start(Map.of(Setting.STREAM_LIFETIME, "1s", Setting.STREAM_HEARTBEAT, "150ms"))) {
            String path = "/api/v1/devices/d/logs/stream?tail=1";
            broker.say("d", "a");
            SseReader.Event entry;
            try (SseReader first = SseReader.open(broker.port(), path)) {
                entry = first.message();
                SseReader.Event bye = first.message();
                assertThat(bye.name()).isEqualTo("bye");
                assertThat(bye.json()).isEqualTo(new JsonObject().put("reason", "lifetime"));
            }
            broker.say("d", "b");
            try (SseReader second = SseReader.open(broker.port(), path, "Last-Event-ID", entry.id())) {
                assertThat(second.entry()).isEqualTo("b");
            }
        }
    }

    @Test
    void readinessIsRed_beforeAnybodyIsSentAway() {
        RunningBroker broker = RunningBroker.start(Map.of(Setting.DRAIN_DELAY, "2s"));
        try (SseReader reader = SseReader.open(broker.port(), "/api/v1/devices/d/logs/stream?tail=1")) {
            assertThat(broker.management("/health/ready").statusCode()).isEqualTo(200);
            Future<Void> stopped = broker.server().stop();
            await().atMost(1, SECONDS)
                    .until(() -> broker.management("/health/ready").statusCode() == 503);
            broker.say("d", "still served"); // by the connections that balancers made meanwhile, too
            assertThat(reader.entry()).isEqualTo("still served");
            assertThat(reader.message().name()).isEqualTo("bye");
            RunningBroker.await(stopped);
        }
    }

    @Test
    void draining_newStreamsAreRefused() {
        RunningBroker broker = RunningBroker.start(
                Map.of(Setting.DRAIN_TIME, "20s", Setting.EVENT_LOOPS, "1", Setting.SOCKET_SEND_BUFFER, "16KiB"));
        // A reader that takes nothing holds the end up.
        SseReader stalled = new SseReader(broker.port(), 4096, "/api/v1/devices/d/logs/stream");
        await().atMost(10, SECONDS).until(() -> broker.metric("tailrace_subscribers{") == 1);
        String line = "x".repeat(10_000);
        await().atMost(10, SECONDS).until(() -> {
            broker.say("d", line, line, line, line);
            return broker.metric("tailrace_subscribers{state=\"behind\"}") == 1;
        });
        Future<Void> stopped = broker.server().stop();
        await().atMost(10, SECONDS).until(() -> broker.metric("tailrace_subscribers{") == 0);

        HttpResponse<String> answer = broker.get("/api/v1/devices/d/logs/stream");
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
        assertThat(new JsonObject(answer.body()).getString("type")).isEqualTo("urn:tailrace:problem:draining");

        assertThat(stopped.isComplete()).isFalse();
        stalled.cut();
        RunningBroker.await(stopped);
    }
}
