package dev.tailrace.egress;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import io.netty.channel.Channel;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is done below Vert.x, against a peer that does not read. */
final class PeerSocketTest {

    private static final int MUCH = 4 * 1024 * 1024;

    private final CompletableFuture<HttpServerRequest> request = new CompletableFuture<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private Vertx vertx;
    private SseReader peer;

    @BeforeEach
    void connect() {
        vertx = Vertx.vertx();
        HttpServer server =
                RunningBroker.await(vertx.createHttpServer(new HttpServerOptions().setSendBufferSize(16 * 1024))
                        .requestHandler(call -> {
                            call.response().closeHandler(gone -> closed.countDown());
                            request.complete(call);
                        })
                        .listen(0, "127.0.0.1"));
        peer = new SseReader(server.actualPort(), 4096, "/");
    }

    @AfterEach
    void close() {
        peer.close();
        RunningBroker.await(vertx.close());
    }

    @Test
    void abort_endsTheConnectionAndGivesBackWhatWaits() throws Exception {
        HttpServerRequest call = request.get(10, SECONDS);
        Channel channel = ((ConnectionBase) call.connection()).channel();
        var socket = new PeerSocket(call.connection());
        var written = call.response().setChunked(true).write(Buffer.buffer(new byte[MUCH]));
        await().atMost(10, SECONDS).until(() -> !channel.isWritable());
        assertThat(channel.unsafe().outboundBuffer().totalPendingWriteBytes()).isPositive();

        socket.abort();

        assertThat(closed.await(10, SECONDS)).as("its close handlers run").isTrue();
        await().atMost(10, SECONDS).until(written::failed);
        assertThat(channel.isOpen()).isFalse();
        assertThat(channel.unsafe().outboundBuffer()).as("nothing is held").isNull();
    }

    @Test
    void progress_movesOnlyWhenThePeerAcceptsBytes() throws Exception {
        HttpServerRequest call = request.get(10, SECONDS);
        var socket = new PeerSocket(call.connection());
        call.response().setChunked(true).write(Buffer.buffer("\n".repeat(MUCH)));
        await().atMost(10, SECONDS).until(() -> socket.progress() > 0);
        long stalled = await().atMost(10, SECONDS)
                .during(java.time.Duration.ofMillis(300))
                .until(socket::progress, new Same()::asBefore);
        call.response().write(Buffer.buffer("more"));
        assertThat(socket.progress()).as("writing more is no progress").isEqualTo(stalled);
        for (int i = 0; i < 100_000; i++) {
            peer.line();
        }
        await().atMost(10, SECONDS).until(() -> socket.progress() != stalled);
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
