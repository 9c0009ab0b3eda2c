package dev.tailrace.egress;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.EventReader;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.UncheckedIOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A broker that shuts down, as its readers see it. */
final class ShutdownForReadersTest {

    @Test
    void stop_readersGetARetryTimeAndAFarewell() {
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
        broker.say("e", "b");
        assertThat(several.entry()).isEqualTo("b");

        broker.close();

        assertBye(one.message());
        assertThat(one.next()).as("the stream ends well").isNull();
        assertThat(several.message().name()).as("a last place to resume from").isEqualTo("checkpoint");
        assertBye(several.message());
        assertThat(several.next()).isNull();
        assertThat(new JsonObject(ndjson.line()))
                .isEqualTo(new JsonObject().put("event", "bye").put("reason", "draining"));
        assertThat(ndjson.line()).isNull();
    }

    private static void assertBye(EventReader.Event event) {
        assertThat(event.name()).isEqualTo("bye");
        assertThat(event.json()).isEqualTo(new JsonObject().put("reason", "draining"));
        assertThat(event.id()).isNull();
        assertThat(event.retry()).isBetween(100L, 5100L);
    }

    @Test
    void streamThatIsOldEnough_endsPolitely_andIsResumed() {
        try (RunningBroker broker =
                RunningBroker.start(Map.of(Setting.STREAM_LIFETIME, "1s", Setting.STREAM_HEARTBEAT, "150ms"))) {
            String path = "/api/v1/devices/d/logs/stream?tail=1";
            broker.say("d", "a");
            EventReader.Event entry;
            try (SseReader first = SseReader.open(broker.port(), path)) {
                entry = first.message();
                EventReader.Event bye = first.message();
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
    void readinessIsRed_beforeAnyReaderIsDisconnected() {
        RunningBroker broker = RunningBroker.start(Map.of(Setting.DRAIN_DELAY, "2s"));
        try (SseReader reader = SseReader.open(broker.port(), "/api/v1/devices/d/logs/stream?tail=1")) {
            assertThat(broker.management("/health/ready").statusCode()).isEqualTo(200);
            Future<Void> stopped = broker.server().stop();
            await().atMost(1, SECONDS)
                    .until(() -> broker.management("/health/ready").statusCode() == 503);
            broker.say("d", "still served"); // by connections that balancers opened meanwhile, too
            assertThat(reader.entry()).isEqualTo("still served");
            assertThat(reader.message().name()).isEqualTo("bye");
            RunningBroker.await(stopped);
        }
    }

    @Test
    void stop_connectionsAreClosedWithTheirLastAnswer_soThatNoRequestFollows() throws Exception {
        RunningBroker broker = RunningBroker.start(Map.of(Setting.DRAIN_TIME, "10m"));
        try (RawSocket stream = new RawSocket(broker.port());
                RawSocket idle = new RawSocket(broker.port())) {
            stream.write("GET /api/v1/devices/d/logs/stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
            stream.readUntil("event: alive");
            idle.write("GET /api/v1/limits HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(idle.readResponse()).startsWith("HTTP/1.1 200 ");

            RunningBroker.await(broker.server().stop());

            stream.readUntil("event: bye");
            stream.readUntil("0\r\n\r\n");
            assertThat(stream.read()).as("the end of the connection").isNegative();
            assertThat(idle.read()).as("the end of the connection").isNegative();
        }
    }

    @Test
    void readerThatAcceptsNothing_doesNotDelayTheShutdown() {
        RunningBroker broker = RunningBroker.start(
                Map.of(Setting.DRAIN_TIME, "10m", Setting.EVENT_LOOPS, "1", Setting.SOCKET_SEND_BUFFER, "16KiB"));
        try (SseReader stalled = new SseReader(broker.port(), 4096, "/api/v1/devices/d/logs/stream")) {
            makeReadersLag(broker);
            RunningBroker.await(broker.server().stop()); // long before the drain time is over
            assertThatThrownBy(() -> {
                        while (stalled.next() != null) {
                            // what the sockets held
                        }
                    })
                    .isInstanceOf(UncheckedIOException.class);
        }
    }

    @Test
    void readerThatIsSlow_getsAllThatWaitsForIt_andTheFarewell() {
        RunningBroker broker = RunningBroker.start(
                Map.of(Setting.DRAIN_TIME, "10m", Setting.EVENT_LOOPS, "1", Setting.SOCKET_SEND_BUFFER, "16KiB"));
        try (SseReader slow = new SseReader(broker.port(), 4096, "/api/v1/devices/d/logs/stream")) {
            makeReadersLag(broker);
            Future<Void> stopped = broker.server().stop();
            EventReader.Event event = slow.next();
            while (!"bye".equals(event.name())) {
                event = slow.next();
            }
            assertThat(slow.next()).as("the stream ends well").isNull();
            RunningBroker.await(stopped);
        }
    }

    /** Writes lines until as many bytes wait for the reader as may. */
    private static void makeReadersLag(RunningBroker broker) {
        await().atMost(10, SECONDS).until(() -> broker.metric("tailrace_subscribers{") == 1);
        String line = "x".repeat(10_000);
        await().atMost(10, SECONDS).until(() -> {
            broker.say("d", line, line, line, line);
            return broker.metric("tailrace_subscribers{state=\"behind\"}") == 1;
        });
    }
}
