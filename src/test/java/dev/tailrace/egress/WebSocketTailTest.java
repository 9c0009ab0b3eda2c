package dev.tailrace.egress;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.WebSocketReader;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Streams over a WebSocket: what they share with server-sent events, and what they have of their own. */
final class WebSocketTailTest {

    private static final String PATH = "/api/v1/devices/d/logs/stream";
    private static final String FILLER = "x".repeat(1000);
    private static final int SMALL = 4096; // a receive buffer

    private RunningBroker broker;
    private boolean stopped;
    private int said;

    private void start(String... settings) {
        Map<Setting, String> all = new HashMap<>();
        all.put(Setting.STREAM_HEARTBEAT, "150ms");
        all.put(Setting.SOCKET_SEND_BUFFER, "16KiB");
        for (int i = 0; i < settings.length; i += 2) {
            all.put(Setting.valueOf(settings[i]), settings[i + 1]);
        }
        broker = RunningBroker.start(all);
    }

    @AfterEach
    void stop() {
        if (!stopped) {
            broker.close();
        }
    }

    private void stopNow() {
        stopped = true;
        broker.close();
    }

    private WebSocketReader open(String query) {
        return WebSocketReader.open(broker, PATH + query);
    }

    private void say(int lines) {
        broker.say(
                "d",
                IntStream.range(0, lines)
                        .mapToObj(i -> "line " + (said + i + 1) + " " + FILLER)
                        .toArray(String[]::new));
        said += lines;
    }

    // ---- messages

    @Test
    void entries_areTheObjectsOfTheOtherStreams_oneMessageEach() {
        start();
        broker.store(
                "d",
                new JsonObject()
                        .put("message", "one \ud83d\ude80\n\"\u001b[31m")
                        .put("timestamp", 1763820000100L)
                        .put("service", "main")
                        .put("stream", "stderr")
                        .put("level", "warn"),
                new JsonObject().put("message", "two"));
        List<JsonObject> stored = broker.history("d");
        try (WebSocketReader reader = open("?tail=10")) {
            assertThat(reader.message()).isEqualTo(stored.get(0));
            assertThat(reader.message()).isEqualTo(stored.get(1));
            broker.say("d", "three");
            assertThat(reader.entry()).isEqualTo("three");
        }
    }

    @Test
    void message_longerThanAShortFrame_isWhole() {
        start("RING_CAPACITY", "10");
        String longest = "é".repeat(32 * 1024);
        broker.say("d", longest, "x".repeat(100), "y".repeat(500));
        try (WebSocketReader reader = open("?tail=10")) {
            assertThat(reader.entry()).isEqualTo(longest);
            assertThat(reader.entry()).isEqualTo("x".repeat(100));
            assertThat(reader.entry()).isEqualTo("y".repeat(500));
        }
    }

    @Test
    void place_isSentFirst_andResumesBeforeTheFirstEntry() {
        start();
        broker.say("d", "one");
        String place;
        try (WebSocketReader reader = open("")) {
            JsonObject first = reader.next();
            assertThat(first.getString("event")).isEqualTo("place");
            place = first.getString("id");
            assertThat(place).endsWith("-1");
        }
        broker.say("d", "two");
        try (WebSocketReader reader = open("?after=" + place)) {
            assertThat(reader.entry()).isEqualTo("two");
        }
    }

    @Test
    void silentStream_isPinged() {
        start();
        try (WebSocketReader reader = open("")) {
            reader.awaitPing();
            assertThat(reader.next().getString("event")).isEqualTo("place");
            assertThat(reader.isQuiet()).isTrue();
        }
    }

    @Test
    void filter_hidesWhatIsNotAskedFor() {
        start();
        broker.say("d", "apple", "pear", "apple pie");
        try (WebSocketReader reader = open("?tail=10&q=apple")) {
            assertThat(reader.entry()).isEqualTo("apple");
            assertThat(reader.entry()).isEqualTo("apple pie");
        }
    }

    @Test
    void gapAndClear_areEventsAsInNdjson() {
        start("RING_CAPACITY", "10");
        broker.say("d", IntStream.rangeClosed(1, 15).mapToObj(i -> "m" + i).toArray(String[]::new));
        String epoch = broker.history("d").get(0).getString("id").split("-")[0];
        try (WebSocketReader reader = open("?after=" + epoch + "-2")) {
            assertThat(reader.message())
                    .isEqualTo(new JsonObject()
                            .put("event", "gap")
                            .put("from", epoch + "-3")
                            .put("to", epoch + "-5")
                            .put("count", 3)
                            .put("reason", "evicted"));
            for (int i = 6; i <= 15; i++) {
                assertThat(reader.entry()).isEqualTo("m" + i);
            }
            broker.delete("/api/v1/devices/d/logs");
            assertThat(reader.message())
                    .isEqualTo(new JsonObject().put("event", "clear").put("to", epoch + "-15"));
        }
    }

    @Test
    void severalDevices_areNamedAndGetCheckpoints() {
        start();
        broker.say("a", "of a");
        broker.say("b", "of b");
        try (WebSocketReader reader = WebSocketReader.open(broker, "/api/v1/logs/stream?device=a&device=b&tail=1")) {
            Map<String, String> entries = new HashMap<>();
            for (int i = 0; i < 2; i++) {
                JsonObject entry = reader.message();
                entries.put(entry.getString("device"), entry.getString("message"));
            }
            assertThat(entries).isEqualTo(Map.of("a", "of a", "b", "of b"));
            JsonObject checkpoint = reader.message();
            assertThat(checkpoint.getString("event")).isEqualTo("checkpoint");
            assertThat(checkpoint.getJsonObject("positions").fieldNames()).containsExactlyInAnyOrder("a", "b");
        }
    }

    // ---- what is refused

    @ParameterizedTest
    @CsvSource({"tail=x, 400, 13", "regex=(, 400, 13", "tail=1, 426, 8"})
    void wrongRequest_isRefusedBeforeTheUpgrade(String query, int status, String version) {
        start();
        try (RawSocket socket = new RawSocket(broker.port())) {
            socket.write("GET " + PATH + "?" + query + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                    + "Connection: Upgrade\r\nSec-WebSocket-Version: " + version
                    + "\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
            assertThat(socket.readResponse()).startsWith("HTTP/1.1 " + status).contains("application/problem+json");
        }
    }

    // ---- readers that send

    @Test
    void readerThatSends_getsPongsAndIsOtherwiseIgnored() {
        start("STREAM_HEARTBEAT", "30s");
        try (RawSocket reader = RawSocket.webSocket(broker.port(), PATH)) {
            reader.write(RawSocket.frame(RawSocket.TEXT, "hello"));
            reader.write(RawSocket.frame(RawSocket.PING, "p"));
            RawSocket.Frame frame = reader.readFrame();
            while (frame.kind() != RawSocket.PONG) {
                frame = reader.readFrame();
            }
            assertThat(frame.text()).isEqualTo("p");
            broker.say("d", "one");
            assertThat(new JsonObject(reader.readDataOrClose().text()).getString("message"))
                    .isEqualTo("one");
        }
    }

    @Test
    void readerThatCloses_isAnsweredAndForgotten() {
        start();
        try (RawSocket reader = RawSocket.webSocket(broker.port(), PATH)) {
            await().atMost(10, SECONDS).until(() -> broker.metric("tailrace_subscribers{") == 1);
            reader.write(RawSocket.frame(RawSocket.CLOSE, new byte[] {3, (byte) 0xE8}));
            RawSocket.Frame frame = reader.readFrame();
            while (frame.kind() != RawSocket.CLOSE) {
                frame = reader.readFrame();
            }
            assertThat(frame.closeCode()).isEqualTo(1000);
            assertThat(reader.isClosedByPeer()).isTrue();
        }
        await().atMost(10, SECONDS).until(() -> broker.metric("tailrace_subscribers{") == 0);
    }

    @Test
    void readerThatSendsNoFrame_isClosed() {
        start();
        try (RawSocket reader = RawSocket.webSocket(broker.port(), PATH)) {
            reader.write(RawSocket.frame(0x83, "reserved"));
            assertThat(lastOf(reader).closeCode()).isEqualTo(1002);
        }
        await().atMost(10, SECONDS).until(() -> broker.metric("tailrace_subscribers{") == 0);
    }

    private static RawSocket.Frame lastOf(RawSocket reader) {
        RawSocket.Frame frame = reader.readDataOrClose();
        while (frame.kind() != RawSocket.CLOSE) {
            frame = reader.readDataOrClose();
        }
        return frame;
    }

    // ---- slow readers

    private RawSocket connectStalled() {
        RawSocket stalled = new RawSocket(broker.port(), SMALL).upgrade(PATH);
        await().atMost(10, SECONDS).until(() -> broker.metric("tailrace_subscribers{") == 1);
        return stalled;
    }

    @Test
    void stalledReader_isEvictedAndTheOthersGetAll() {
        start("STREAM_STALL_LIMIT", "1s", "EVENT_LOOPS", "1");
        try (RawSocket stalled = connectStalled();
                WebSocketReader reader = open("")) {
            int[] heard = {0};
            await().atMost(30, SECONDS).until(() -> {
                say(100);
                while (heard[0] < said) {
                    assertThat(reader.entry()).startsWith("line " + ++heard[0] + " ");
                }
                return broker.metric("tailrace_subscribers_evicted_total{") == 1;
            });
            assertThat(broker.metric("tailrace_subscribers{")).isEqualTo(1);
            stalled.readToEnd();
        }
    }

    @Test
    void stalledReaderThatPings_isNotAnsweredWithoutLimitAndEvicted() {
        start("STREAM_STALL_LIMIT", "1s", "EVENT_LOOPS", "1");
        byte[] pings = new byte[0];
        for (int i = 0; i < 100; i++) {
            pings = RawSocket.join(pings, RawSocket.frame(RawSocket.PING, "p".repeat(125)));
        }
        byte[] burst = pings;
        var taken = new AtomicLong();
        try (RawSocket stalled = connectStalled()) {
            Thread flood = new Thread(() -> {
                try {
                    while (true) {
                        stalled.write(burst); // blocks as soon as the broker reads no more
                        taken.addAndGet(burst.length);
                    }
                } catch (java.io.UncheckedIOException evicted) {
                    // as it has to be
                }
            });
            flood.start();
            await().atMost(30, SECONDS).until(() -> broker.metric("tailrace_subscribers_evicted_total{") == 1);
            await().atMost(10, SECONDS).until(() -> !flood.isAlive());
            assertThat(taken).as("what the kernel's buffers hold").hasValueLessThan(16 << 20);
        }
    }

    @Test
    void slowReader_getsExactGapsAndGoesOnLive() {
        start("RING_CAPACITY", "500", "STREAM_BYTES", "16KiB", "STREAM_STALL_LIMIT", "60s");
        try (RawSocket slow = connectStalled()) {
            for (int i = 0; i < 12; i++) { // more than the feed's tail keeps for a reader that lags
                say(500);
            }
            long next = 1;
            long missing = 0;
            while (next <= said) {
                JsonObject message = new JsonObject(slow.readDataOrClose().text());
                if (message.containsKey("message")) {
                    assertThat(message.getString("id")).endsWith("-" + next++);
                } else if ("gap".equals(message.getString("event"))) {
                    assertThat(message.getString("from")).endsWith("-" + next);
                    assertThat(message.getString("reason")).isEqualTo("slow");
                    missing += message.getLong("count");
                    next += message.getLong("count");
                }
            }
            assertThat(missing).isPositive();
            assertThat(broker.metric("tailrace_gap_entries_total{reason=\"slow\"}"))
                    .isEqualTo(missing);
            await().atMost(10, SECONDS).until(() -> broker.metric("tailrace_subscribers{state=\"live\"}") == 1);
        }
    }

    // ---- leaving

    @Test
    void stop_readersGetARetryTimeAndAreClosed() {
        start();
        broker.say("d", "one");
        try (WebSocketReader reader = open("?tail=1")) {
            assertThat(reader.entry()).isEqualTo("one");
            stopNow();
            JsonObject bye = reader.message();
            assertThat(bye.getString("event")).isEqualTo("bye");
            assertThat(bye.getString("reason")).isEqualTo("draining");
            assertThat(bye.getLong("retry")).isBetween(100L, 5100L);
            assertThat(reader.closeCode()).isEqualTo(1001);
        }
    }
}
