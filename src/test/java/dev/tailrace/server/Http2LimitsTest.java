package dev.tailrace.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RawHttp2;
import dev.tailrace.testing.RunningBroker;
import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Limits of one HTTP/2 connection, and the reaction to a connection that exceeds them. */
final class Http2LimitsTest {

    private static final String STREAM = "/api/v1/devices/d/logs/stream";
    private static final int REFUSED_STREAM = 7;
    private static final int ENHANCE_YOUR_CALM = 11;
    private static final int FRAME_BYTES = 16_384;

    private static RunningBroker broker;

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(
                Setting.HTTP2_CLEARTEXT,
                "true",
                Setting.HTTP2_STREAMS,
                "3",
                Setting.HTTP2_RESETS,
                "20",
                Setting.BODY_TIMEOUT,
                "300ms"));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static RawHttp2 connect() {
        return new RawHttp2(broker.port(), 64 * 1024, 1024 * 1024);
    }

    /** The broker still answers other clients. */
    private static void assertServing() {
        assertThat(broker.get("/api/v1/devices").statusCode()).isEqualTo(200);
    }

    @Test
    void settings_announceTheLimits() {
        try (RawHttp2 client = connect()) {
            ByteBuffer told = ByteBuffer.wrap(client.next(RawHttp2.SETTINGS).payload());
            Map<Integer, Integer> settings = new HashMap<>();
            while (told.hasRemaining()) {
                settings.put((int) told.getShort(), told.getInt());
            }
            assertThat(settings)
                    .containsEntry(3, 3) // streams
                    .containsEntry(4, 64 * 1024) // initial window of a stream
                    .containsEntry(6, 64 * 1024); // bytes of a head
            assertThat(client.next(RawHttp2.WINDOW_UPDATE).number(0))
                    .as("of the connection: that of all streams")
                    .isEqualTo(3 * 64 * 1024 - 65_535);
        }
    }

    @Test
    void streamOverTheLimit_isRefused_andOthersGoOn() {
        try (RawHttp2 client = connect()) {
            client.next(RawHttp2.SETTINGS); // acknowledged before the first request
            for (int stream = 1; stream <= 7; stream += 2) {
                client.get(stream, STREAM);
            }
            RawHttp2.Frame refused = client.next(RawHttp2.RST_STREAM);
            assertThat(refused.stream()).isEqualTo(7);
            assertThat(refused.number(0)).isEqualTo(REFUSED_STREAM);
            client.reset(1);
            client.get(9, "/api/v1/devices");
            RawHttp2.Frame head = client.next(RawHttp2.HEADERS);
            while (head.stream() != 9) {
                head = client.next(RawHttp2.HEADERS);
            }
        }
        assertServing();
    }

    @Test
    void rapidReset_closesTheConnection_andIsCounted() {
        double before = refusedForResets();
        try (RawHttp2 client = connect()) {
            startAndTakeBack(client, 25);
            RawHttp2.Frame goodbye = client.next(RawHttp2.GOAWAY);
            assertThat(goodbye.number(4)).isEqualTo(ENHANCE_YOUR_CALM);
            assertThat(client.next(RawHttp2.GOAWAY)).as("the end").isNull();
        }
        assertServing();
        await().untilAsserted(() -> assertThat(refusedForResets()).isEqualTo(before + 1));
    }

    /** Netty decodes all requests before it closes the connection. */
    @Test
    void closedConnection_isCountedOnce_howeverManyRequestsFollow() {
        double before = refusedForResets();
        try (RawHttp2 client = connect()) {
            var all = new ByteArrayOutputStream();
            for (int stream = 1; stream < 2000; stream += 2) {
                all.writeBytes(
                        RawHttp2.frame(RawHttp2.HEADERS, RawHttp2.END_STREAM | RawHttp2.END_HEADERS, stream, HEAD));
                all.writeBytes(RawHttp2.frame(RawHttp2.RST_STREAM, 0, stream, (byte) 0, (byte) 0, (byte) 0, (byte) 8));
            }
            client.write(all.toByteArray());
            assertThat(client.next(RawHttp2.GOAWAY).number(4)).isEqualTo(ENHANCE_YOUR_CALM);
            while (client.next(RawHttp2.GOAWAY) != null) {} // to the end
        }
        assertServing();
        assertThat(refusedForResets()).isEqualTo(before + 1);
    }

    /** The head of a request, without the dynamic table of HPACK. */
    private static final byte[] HEAD = RawHttp2.plainHead("GET", STREAM);

    private static double refusedForResets() {
        return broker.metric("tailrace_refused_total{limit=\"http2-resets\"}");
    }

    private static void startAndTakeBack(RawHttp2 client, int requests) {
        try {
            for (int stream = 1; stream < 2 * requests; stream += 2) {
                client.get(stream, STREAM);
                client.reset(stream);
            }
        } catch (UncheckedIOException ended) {
            // before everything was sent; frames of the broker can still be read
        }
    }

    @Test
    void resetsBelowTheLimit_areAllowed() {
        try (RawHttp2 client = connect()) {
            startAndTakeBack(client, 15);
            client.get(101, "/api/v1/devices");
            RawHttp2.Frame head = client.next(RawHttp2.HEADERS);
            while (head.stream() != 101) {
                head = client.next(RawHttp2.HEADERS);
            }
        }
    }

    @Test
    void bodyWithoutALengthThatStops_isRefusedInTime() {
        try (RawHttp2 client = connect()) {
            client.send(RawHttp2.HEADERS, RawHttp2.END_HEADERS, 1, client.head("POST", "/api/v1/tickets"));
            client.send(RawHttp2.DATA, 0, 1, (byte) '{');
            byte[] problem = client.next(RawHttp2.DATA).payload();
            assertThat(new String(problem, UTF_8)).contains("problem:body-too-slow");
        }
    }

    @Test
    void continuationFlood_closesTheConnection() {
        try (RawHttp2 client = connect()) {
            byte[] head = client.head("GET", STREAM);
            client.send(RawHttp2.HEADERS, RawHttp2.END_STREAM, 1, head);
            for (int i = 0; i < 20; i++) {
                client.send(RawHttp2.CONTINUATION, 0, 1);
            }
            assertThat(client.next(RawHttp2.GOAWAY).number(4)).isEqualTo(ENHANCE_YOUR_CALM);
        }
        assertServing();
    }

    @Test
    void longHead_isRead() {
        try (RawHttp2 client = connect()) {
            sendHead(client, 1, client.head("GET", "/api/v1/devices", "x-long", "v".repeat(60_000)));
            assertThat(client.next(RawHttp2.DATA).stream()).isEqualTo(1);
        }
    }

    @Test
    void headOverTheLimit_isRefused_andOtherStreamsGoOn() {
        try (RawHttp2 client = connect()) {
            sendHead(client, 1, client.head("GET", "/api/v1/devices", "x-long", "w".repeat(70_000)));
            client.get(3, "/api/v1/devices");
            assertThat(client.next(RawHttp2.DATA).stream()).isEqualTo(3);
        }
    }

    private static void sendHead(RawHttp2 client, int stream, byte[] head) {
        for (int from = 0; from < head.length; from += FRAME_BYTES) {
            int to = Math.min(head.length, from + FRAME_BYTES);
            client.send(
                    from == 0 ? RawHttp2.HEADERS : RawHttp2.CONTINUATION,
                    (from == 0 ? RawHttp2.END_STREAM : 0) | (to == head.length ? RawHttp2.END_HEADERS : 0),
                    stream,
                    Arrays.copyOfRange(head, from, to));
        }
    }
}
