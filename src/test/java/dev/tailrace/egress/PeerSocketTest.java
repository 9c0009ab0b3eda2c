package dev.tailrace.egress;

import static java.util.concurrent.TimeUnit.SECONDS;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.broker.StreamBudget;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Writes below Vert.x, to a peer that does not read. */
class PeerSocketTest {

    private static final int MUCH = 4 * 1024 * 1024;
    private static final int LIMIT = 64 * 1024;
    private static final StreamBudget BUDGET = new StreamBudget(Long.MAX_VALUE);

    private final CompletableFuture<HttpServerRequest> request = new CompletableFuture<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final AtomicInteger drained = new AtomicInteger();
    private Vertx vertx;
    private SseReader peer;
    private Context loop;
    private Channel channel;
    private PeerSocket socket;

    @BeforeEach
    void connect() {
        vertx = Vertx.vertx();
        HttpServer server = RunningBroker.await(vertx.createHttpServer(options())
                .requestHandler(request::complete)
                .listen(0, "127.0.0.1"));
        peer = connect(server.actualPort(), 4096);
    }

    HttpServerOptions options() {
        return new HttpServerOptions().setSendBufferSize(16 * 1024);
    }

    SseReader connect(int port, int receiveBuffer) {
        return new SseReader(port, receiveBuffer, "/");
    }

    /** Whether the buffer itself waits, rather than something made of it. */
    boolean isShared() {
        return true;
    }

    @AfterEach
    void close() {
        peer.close();
        RunningBroker.await(vertx.close());
    }

    /** The head and a first line were written by Vert.x and accepted, so later writes go below it. */
    private void open() throws Exception {
        HttpServerRequest call = request.get(10, SECONDS);
        channel = ((ConnectionBase) call.connection()).channel();
        loop = ((ConnectionBase) call.connection()).context();
        on(() -> {
            call.response().setChunked(true);
            socket = PeerSocket.ofResponse(call, LIMIT, BUDGET);
            socket.listen(drained::incrementAndGet, closed::countDown);
            write("head\n");
            return null;
        });
        await().atMost(10, SECONDS).until(() -> on(() -> socket.waiting()) == 0);
    }

    private <T> T on(Callable<T> question) throws Exception {
        var answer = new CompletableFuture<T>();
        loop.runOnContext(nothing -> {
            try {
                answer.complete(question.call());
            } catch (Throwable failed) {
                answer.completeExceptionally(failed);
            }
        });
        return answer.get(10, SECONDS);
    }

    private ByteBuf write(String text) {
        ByteBuf chunk = HttpChunk.of(Buffer.buffer(text));
        socket.write(chunk);
        return chunk;
    }

    private static String lines(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "line " + i + "\n").collect(joining());
    }

    // ---- what is written

    @Test
    void write_whileVertxHoldsTheFirstWrites_keepsTheOrder() throws Exception {
        HttpServerRequest call = request.get(10, SECONDS);
        loop = ((ConnectionBase) call.connection()).context();
        on(() -> {
            call.response().setChunked(true);
            socket = PeerSocket.ofResponse(call, LIMIT, BUDGET);
            write(lines(0, 20_000)); // more than the peer and Vert.x take at once
            for (int i = 20; i < 100; i++) {
                write(lines(1000 * i, 1000 * (i + 1)));
            }
            return null;
        });
        for (int i = 0; i < 50_000; i++) {
            assertThat(peer.line()).isEqualTo("line " + i);
        }
        on(() -> write(lines(100_000, 101_000)));
        for (int i = 50_000; i < 101_000; i++) {
            assertThat(peer.line()).isEqualTo("line " + i);
        }
    }

    @Test
    void end_afterDirectWrites_endsTheBody() throws Exception {
        open();
        on(() -> {
            for (int i = 0; i < 100; i++) {
                write(lines(1000 * i, 1000 * (i + 1))).release();
            }
            return request.get().response().end();
        });
        assertThat(peer.line()).isEqualTo("head");
        for (int i = 0; i < 100_000; i++) {
            assertThat(peer.line()).isEqualTo("line " + i);
        }
        assertThat(peer.line()).as("the body ends well").isNull();
    }

    // ---- what waits

    @Test
    void full_peerReadsOn_isDrainedOnce() throws Exception {
        open();
        assertThat(on(() -> socket.isFull())).isFalse();
        int written = on(() -> {
            int lines = 0;
            while (!socket.isFull()) {
                write(lines(lines, lines + 100)).release();
                lines += 100;
            }
            return lines;
        });
        assertThat(on(() -> socket.waiting())).isBetween((long) LIMIT, LIMIT + 2000L);
        assertThat(drained).hasValue(0);
        peer.line();
        for (int i = 0; i < written; i++) {
            assertThat(peer.line()).isEqualTo("line " + i);
        }
        await().atMost(10, SECONDS).until(() -> drained.get() == 1);
        assertThat(on(() -> socket.isFull())).isFalse();
        await().atMost(10, SECONDS).until(() -> on(() -> socket.waiting()) == 0);
    }

    @Test
    void abort_endsTheConnectionAndGivesBackWhatWaits() throws Exception {
        open();
        ByteBuf chunk = on(() -> write("\n".repeat(MUCH)));
        assertThat(on(() -> socket.waiting())).isPositive();
        assertThat(chunk.refCnt()).as("shared, not copied").isEqualTo(isShared() ? 2 : 1);

        socket.abort(java.time.Duration.ofSeconds(10));

        assertThat(closed.await(10, SECONDS)).as("its close handlers run").isTrue();
        assertThat(channel.isOpen()).isFalse();
        assertThat(channel.unsafe().outboundBuffer()).as("nothing is held").isNull();
        assertThat(on(() -> write("too late\n").refCnt()))
                .as("given back at once")
                .isEqualTo(1);
        assertThat(chunk.refCnt()).as("nothing else holds it").isEqualTo(1);
        assertThat(on(() -> socket.waiting())).isZero();
    }

    @Test
    void progress_movesOnlyWhenThePeerAcceptsBytes() throws Exception {
        open();
        on(() -> write("\n".repeat(MUCH)));
        long stalled = await().atMost(10, SECONDS)
                .during(java.time.Duration.ofMillis(300))
                .until(() -> on(socket::progress), new Same()::asBefore);
        on(() -> write("more\n".repeat(20_000)));
        assertThat(on(socket::progress)).as("writing more is no progress").isEqualTo(stalled);
        for (int i = 0; i < 100_000; i++) {
            peer.line();
        }
        await().atMost(10, SECONDS).until(() -> on(socket::progress) != stalled);
    }

    private static final class Same {
        private long last = -1;

        boolean asBefore(long value) {
            boolean same = value == last;
            last = value;
            return same;
        }
    }
}
