package dev.tailrace.egress;

import static org.assertj.core.api.Assertions.assertThat;

import com.launchdarkly.eventsource.ConnectStrategy;
import com.launchdarkly.eventsource.ErrorStrategy;
import com.launchdarkly.eventsource.EventSource;
import com.launchdarkly.eventsource.FaultEvent;
import com.launchdarkly.eventsource.MessageEvent;
import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.TcpProxy;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A third-party client, over a network that fails. */
final class EventSourceTest {

    private RunningBroker broker;
    private TcpProxy network;

    @BeforeEach
    void start() {
        broker = RunningBroker.start(Map.of(Setting.STREAM_HEARTBEAT, "300ms", Setting.RING_CAPACITY, "100"));
        network = new TcpProxy(broker.port());
    }

    @AfterEach
    void stop() {
        network.close();
        broker.close();
    }

    private EventSource connect(String query) {
        URI uri = URI.create("http://127.0.0.1:" + network.port() + query);
        return new EventSource.Builder(ConnectStrategy.http(uri))
                .errorStrategy(ErrorStrategy.alwaysContinue())
                .build();
    }

    private static MessageEvent message(EventSource source) throws Exception {
        for (int i = 0; i < 1000; i++) {
            if (source.readAnyEvent() instanceof MessageEvent message && !isAlive(message)) {
                return message;
            }
        }
        throw new AssertionError("no message, but a thousand other events");
    }

    private static boolean isAlive(MessageEvent event) {
        return event.getEventName().equals("alive");
    }

    private static String text(MessageEvent entry) {
        assertThat(entry.getEventName()).as(entry.getData()).isEqualTo("message");
        return new JsonObject(entry.getData()).getString("message");
    }

    private static void say(RunningBroker broker, int first, int last) {
        broker.say(
                "d", IntStream.rangeClosed(first, last).mapToObj(i -> "m" + i).toArray(String[]::new));
    }

    @Test
    void entries_comeWithIdsAndHeartbeatsAreEvents() throws Exception {
        say(broker, 1, 2);
        try (EventSource source = connect("/api/v1/devices/d/logs/stream?tail=10")) {
            MessageEvent first = message(source);
            assertThat(text(first)).isEqualTo("m1");
            assertThat(first.getLastEventId())
                    .isEqualTo(new JsonObject(first.getData()).getString("id"))
                    .endsWith("-1");
            assertThat(text(message(source))).isEqualTo("m2");
            assertThat(source.getBaseRetryDelayMillis()).isBetween(1000L, 2000L);
            assertThat(source.readAnyEvent())
                    .isInstanceOfSatisfying(
                            MessageEvent.class,
                            beat -> assertThat(isAlive(beat)).isTrue());
        }
    }

    @Test
    void connectionCut_reconnectsByItselfAndMissesNothing() throws Exception {
        say(broker, 1, 3);
        try (EventSource source = connect("/api/v1/devices/d/logs/stream?tail=3")) {
            for (int i = 1; i <= 3; i++) {
                assertThat(text(message(source))).isEqualTo("m" + i);
            }
            network.cut();
            say(broker, 4, 6);
            boolean faulted = false;
            for (int i = 0; i < 1000 && !faulted; i++) {
                faulted = source.readAnyEvent() instanceof FaultEvent;
            }
            assertThat(faulted).isTrue();
            for (int i = 4; i <= 6; i++) {
                assertThat(text(message(source))).isEqualTo("m" + i);
            }
        }
    }

    @Test
    void disconnectedTooLong_getsTheGapAsANamedEvent() throws Exception {
        say(broker, 1, 1);
        try (EventSource source = connect("/api/v1/devices/d/logs/stream?tail=1")) {
            assertThat(text(message(source))).isEqualTo("m1");
            network.refuse();
            network.cut();
            say(broker, 2, 151);
            network.accept();
            MessageEvent gap = message(source);
            assertThat(gap.getEventName()).isEqualTo("gap");
            assertThat(new JsonObject(gap.getData()).getLong("count")).isEqualTo(50);
            assertThat(gap.getLastEventId()).endsWith("-51");
            for (int i = 52; i <= 151; i++) {
                assertThat(text(message(source))).isEqualTo("m" + i);
            }
        }
    }

    @Test
    void severalDevices_checkpointIsWhatItResumesFrom() throws Exception {
        say(broker, 1, 1);
        try (EventSource source = connect("/api/v1/logs/stream?device=d&device=e&tail=10")) {
            assertThat(text(message(source))).isEqualTo("m1");
            MessageEvent checkpoint = message(source);
            assertThat(checkpoint.getEventName()).isEqualTo("checkpoint");
            assertThat(source.getLastEventId()).startsWith("d:").contains(",e:0-0");
            network.cut();
            say(broker, 2, 2);
            broker.say("e", "m1 of e");
            String first = text(skipCheckpoints(source));
            String second = text(skipCheckpoints(source));
            assertThat(new String[] {first, second}).containsExactlyInAnyOrder("m2", "m1 of e");
        }
    }

    private static MessageEvent skipCheckpoints(EventSource source) throws Exception {
        MessageEvent event = message(source);
        while (event.getEventName().equals("checkpoint")) {
            event = message(source);
        }
        return event;
    }
}
