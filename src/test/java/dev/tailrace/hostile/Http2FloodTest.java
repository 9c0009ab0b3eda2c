package dev.tailrace.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.testing.BrokerProcess;
import dev.tailrace.testing.RawHttp2;
import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Frames of HTTP/2 without end: their sender costs bounded memory and few lines of the log, and others are served. */
@Tag("long")
final class Http2FloodTest {

    private static final int HEAP_MIB = 192;

    /** The limit of the process: the heap, as many direct buffers, and the JVM itself. */
    private static final int MOST_MIB = 2 * HEAP_MIB + 200;

    private static final int FLOODS = 4;
    private static final int ROUNDS = 10; // of the bystander, during a flood
    private static final int FRAMES = 200; // at a time

    private static final String STREAM = "/api/v1/devices/d/logs/stream";

    private static BrokerProcess broker;

    @BeforeAll
    static void start() throws Exception {
        broker = HostileTools.broker("http2-floods", HEAP_MIB)
                .settings("--http2-cleartext")
                .start();
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    /** The frames that are sent again and again, with the number of a new stream in each. */
    enum Flood {
        SETTINGS(stream ->
                RawHttp2.frame(RawHttp2.SETTINGS, 0, 0, (byte) 0, (byte) 3, (byte) 0, (byte) 0, (byte) 0, (byte) 9)),
        PING(stream -> RawHttp2.frame(RawHttp2.PING, 0, 0, new byte[8])),
        WINDOW_UPDATE(stream -> RawHttp2.frame(RawHttp2.WINDOW_UPDATE, 0, 0, (byte) 0, (byte) 0, (byte) 0, (byte) 1)),
        PRIORITY(stream ->
                RawHttp2.frame(RawHttp2.PRIORITY, 0, stream, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 1)),
        UNKNOWN(stream -> RawHttp2.frame(0x77, 0, 0)),
        /** On a stream that nobody has opened. */
        EMPTY_DATA(stream -> RawHttp2.frame(RawHttp2.DATA, 0, 1)),
        CONTINUATION(stream -> stream == 1
                ? RawHttp2.frame(RawHttp2.HEADERS, RawHttp2.END_STREAM, 1, RawHttp2.plainHead("GET", STREAM))
                : RawHttp2.frame(RawHttp2.CONTINUATION, 0, 1)),
        /** The client takes back what it asked for. */
        RESET(stream -> two(
                RawHttp2.frame(RawHttp2.HEADERS, 5, stream, RawHttp2.plainHead("GET", STREAM)),
                RawHttp2.frame(RawHttp2.RST_STREAM, 0, stream, (byte) 0, (byte) 0, (byte) 0, (byte) 8))),
        /** The client has the broker take it back, by a window that grows by nothing. */
        MADE_RESET(stream -> two(
                RawHttp2.frame(RawHttp2.HEADERS, 5, stream, RawHttp2.plainHead("GET", STREAM)),
                RawHttp2.frame(RawHttp2.WINDOW_UPDATE, 0, stream, new byte[4]))),
        /** A head without a path: refused, and once a stack trace of the log each. */
        NO_PATH(stream -> RawHttp2.frame(RawHttp2.HEADERS, 5, stream, RawHttp2.plainHeader(":method", "GET"))),
        REQUESTS(stream -> RawHttp2.frame(RawHttp2.HEADERS, 5, stream, RawHttp2.plainHead("GET", STREAM)));

        private final IntFunction<byte[]> frames;

        Flood(IntFunction<byte[]> frames) {
            this.frames = frames;
        }
    }

    private static byte[] two(byte[] one, byte[] other) {
        var both = new ByteArrayOutputStream();
        both.writeBytes(one);
        both.writeBytes(other);
        return both.toByteArray();
    }

    /** Sends frames until the broker ends the connection or it is closed; reads what comes, or not. */
    private static void flood(RawHttp2 client, Flood flood, boolean reading) {
        try {
            for (int stream = 1; stream > 0; ) {
                var frames = new ByteArrayOutputStream();
                for (int i = 0; i < FRAMES; i++, stream += 2) {
                    frames.writeBytes(flood.frames.apply(stream));
                }
                client.write(frames.toByteArray());
                if (reading) {
                    client.skip();
                }
            }
        } catch (UncheckedIOException ended) {
            // by the broker, or by the end of the test
        }
    }

    @ParameterizedTest
    @EnumSource(Flood.class)
    void flood_costsBoundedMemory_andOthersAreServed(Flood flood) throws Exception {
        for (boolean reading : new boolean[] {true, false}) {
            int logged = broker.output().length();
            List<RawHttp2> clients = new ArrayList<>();
            List<Thread> floods = new ArrayList<>();
            try (Bystander bystander = new Bystander(broker.port(), null)) {
                for (int i = 0; i < FLOODS; i++) {
                    RawHttp2 client = new RawHttp2(broker.port(), 64 * 1024, 1024 * 1024);
                    clients.add(client);
                    Thread thread = new Thread(() -> flood(client, flood, reading), "flood");
                    thread.setDaemon(true);
                    thread.start();
                    floods.add(thread);
                }
                for (int i = 0; i < ROUNDS; i++) {
                    bystander.say();
                    bystander.come();
                }
                long ended = floods.stream().filter(thread -> !thread.isAlive()).count();
                HostileTools.figures(
                        "HTTP/2 " + flood + (reading ? "" : ", unread"),
                        bystander.figures() + "; " + ended + " of " + FLOODS + " ended by the broker; now "
                                + broker.residentMiB() + " MiB");
            } finally {
                clients.forEach(RawHttp2::close);
            }
            for (Thread thread : floods) {
                thread.join(10_000);
            }
            assertThat(broker.isAlive()).isTrue();
            assertThat(broker.mostResidentMiB()).isLessThan(MOST_MIB);
            assertThat(broker.output().substring(logged))
                    .doesNotContain("\tat ")
                    .hasSizeLessThan(10_000);
        }
    }
}
