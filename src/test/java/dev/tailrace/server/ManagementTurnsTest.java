package dev.tailrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.config.Setting;
import dev.tailrace.config.Settings;
import dev.tailrace.ingest.IngestMeters;
import dev.tailrace.metrics.Telemetry;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RunningBroker;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Pipelined requests to the management port, and one on another connection. */
final class ManagementTurnsTest {

    private static final int CONNECTIONS = 40;

    /** Requests in one read of a connection. */
    private static final int MANY = 600;

    private final Vertx vertx = Vertx.vertx();
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger begunBefore = new AtomicInteger(-1);

    @AfterEach
    void stop() {
        RunningBroker.await(vertx.close());
    }

    private ManagementServer listening(Context loop) {
        Telemetry telemetry = new Telemetry();
        new IngestMeters(telemetry.metrics()).pendingBytes(() -> {
            begunBefore.set(begun.get());
            return 0;
        });
        Settings settings = Settings.read(Map.of(Setting.MANAGEMENT_PORT, "0"));
        var readiness = new Readiness(
                vertx,
                () -> {
                    begun.incrementAndGet();
                    return "nothing works";
                },
                false);
        var server =
                new ManagementServer(vertx, settings, telemetry, readiness, ManagementServer.names(settings), null);
        Promise<Void> listens = Promise.promise();
        loop.runOnContext(nothing -> server.listen().onComplete(listens));
        RunningBroker.await(listens.future());
        return server;
    }

    private static String request(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    }

    @Test
    void pipelinedRequests_alternateWithThoseOfAnotherConnection() throws Exception {
        Context loop = vertx.getOrCreateContext();
        int port = listening(loop).port();
        List<RawSocket> flood = new ArrayList<>();
        try (RawSocket other = new RawSocket(port)) {
            other.write(request("/metrics")).readResponse();
            for (int i = 0; i < CONNECTIONS; i++) {
                flood.add(new RawSocket(port));
                flood.get(i).write(request("/health/ready")).readResponse();
            }
            var held = new CountDownLatch(1);
            loop.runOnContext(nothing -> awaitHere(held));
            flood.forEach(socket -> socket.write(request("/health/ready").repeat(MANY)));
            begun.set(0);
            other.write(request("/metrics"));
            held.countDown();
            other.readResponse();
            assertThat(begunBefore.get()).isLessThan(CONNECTIONS * MANY / 2);
        } finally {
            flood.forEach(RawSocket::close);
        }
    }

    /** Blocks the loop until all requests have arrived. */
    private static void awaitHere(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }
}
