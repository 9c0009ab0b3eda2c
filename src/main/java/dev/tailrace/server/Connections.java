package dev.tailrace.server;

import dev.tailrace.metrics.Meters;
import dev.tailrace.metrics.Meters.Limit;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The connections of one event loop: ends those that are too many, in all or from one address, and those that do not bring the
 * whole head of a first request in time, however often they send a byte of it, or of another request after their last answer.
 */
final class Connections implements Handler<HttpServerRequest> {

    private static final int LOOKS_PER_TIMEOUT = 4;
    private static final int SWITCHING_PROTOCOLS = 101;

    private final Census census;
    private final Meters meters;
    private final Bodies bodies;
    private final Handler<HttpServerRequest> next;
    private final Waiting first;
    private final Waiting others;

    /** How many requests of a connection of HTTP/2 are not answered; others have one at a time. */
    private final Map<HttpConnection, Integer> streams = new HashMap<>();

    /**
     * @param patience from the opening of a connection to its first request
     * @param keepAlive from an answer to the next request
     */
    Connections(
            Vertx vertx,
            Census census,
            Meters meters,
            Duration patience,
            Duration keepAlive,
            Bodies bodies,
            Handler<HttpServerRequest> next) {
        this.census = census;
        this.meters = meters;
        this.bodies = bodies;
        this.next = next;
        this.first = new Waiting(vertx, patience, () -> meters.refused(Limit.REQUEST_TIME));
        this.others = new Waiting(vertx, keepAlive, () -> {});
    }

    /** What all event loops count together. */
    static final class Census {
        private final int most;
        private final int mostPerAddress;
        private final AtomicInteger all = new AtomicInteger();
        private final Map<String, Integer> byAddress = new ConcurrentHashMap<>();

        /** @param mostPerAddress 0 for any number */
        Census(int most, int mostPerAddress) {
            this.most = most;
            this.mostPerAddress = mostPerAddress;
        }
    }

    /** Connections without a request, and since when; those that wait too long are closed. */
    private static final class Waiting {
        private final Map<HttpConnection, Long> since = new LinkedHashMap<>(); // the oldest first
        private final long patienceNanos;
        private final Runnable onEnd;

        Waiting(Vertx vertx, Duration patience, Runnable onEnd) {
            this.patienceNanos = patience.toNanos();
            this.onEnd = onEnd;
            vertx.setPeriodic(Math.max(1, patience.toMillis() / LOOKS_PER_TIMEOUT), id -> endLate());
        }

        void add(HttpConnection connection) {
            since.put(connection, System.nanoTime());
        }

        void remove(HttpConnection connection) {
            since.remove(connection);
        }

        private void endLate() {
            long now = System.nanoTime();
            Iterator<Map.Entry<HttpConnection, Long>> oldest = since.entrySet().iterator();
            while (oldest.hasNext()) {
                Map.Entry<HttpConnection, Long> one = oldest.next();
                if (now - one.getValue() < patienceNanos) {
                    return;
                }
                oldest.remove();
                onEnd.run();
                one.getKey().close();
            }
        }
    }

    /** A connection opened, and is counted until it closes. */
    void opened(HttpConnection connection) {
        SocketAddress peer = connection.remoteAddress();
        String address = peer == null || census.mostPerAddress == 0 ? "" : String.valueOf(peer.hostAddress());
        boolean tooMany = census.all.incrementAndGet() > census.most;
        boolean tooManyThere =
                !address.isEmpty() && census.byAddress.merge(address, 1, Integer::sum) > census.mostPerAddress;
        connection.closeHandler(closed -> closed(connection, address));
        if (tooMany || tooManyThere) {
            meters.refused(tooMany ? Limit.CONNECTIONS : Limit.CONNECTIONS_PER_ADDRESS);
            connection.close();
        } else {
            first.add(connection);
        }
    }

    private void closed(HttpConnection connection, String address) {
        first.remove(connection);
        others.remove(connection);
        streams.remove(connection);
        census.all.decrementAndGet();
        if (!address.isEmpty()) {
            census.byAddress.computeIfPresent(address, (one, count) -> count == 1 ? null : count - 1);
        }
    }

    @Override
    public void handle(HttpServerRequest request) {
        HttpConnection connection = request.connection();
        first.remove(connection);
        others.remove(connection);
        if (request.version() == HttpVersion.HTTP_2) {
            streams.merge(connection, 1, Integer::sum);
        }
        bodies.began(request);
        request.response().endHandler(ended -> answered(request));
        next.handle(request);
    }

    private void answered(HttpServerRequest request) {
        bodies.answered(request);
        HttpConnection connection = request.connection();
        boolean hasOthers = request.version() == HttpVersion.HTTP_2
                && streams.computeIfPresent(connection, (one, count) -> count == 1 ? null : count - 1) != null;
        HttpServerResponse response = request.response();
        if (!hasOthers && !response.closed() && response.getStatusCode() != SWITCHING_PROTOCOLS) {
            others.add(connection);
        }
    }
}
