package dev.tailrace.http;

import dev.tailrace.metrics.Limit;
import dev.tailrace.metrics.Refusals;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Limits the connections of one event loop: closes a connection whose first request head is not complete in time, however slowly it
 * trickles, and one that has been idle for too long after its last response.
 */
public final class ConnectionLimits implements Handler<HttpServerRequest> {

    private static final int CHECKS_PER_TIMEOUT = 4;
    private static final int SWITCHING_PROTOCOLS = 101;

    private final BodyTimeouts bodies;
    private final Handler<HttpServerRequest> next;
    private final Waiting first;
    private final Waiting others;

    /** Connections of HTTP/2 that broke a limit and are about to be closed. */
    private final Set<HttpConnection> ending = new HashSet<>();

    /** Open requests of each connection of HTTP/2; one of HTTP/1.1 has one at a time. */
    private final Map<HttpConnection, Integer> streams = new HashMap<>();

    /**
     * @param requestTimeout from the opening of a connection to its first request
     * @param keepAlive from a response to the next request
     */
    public ConnectionLimits(
            Vertx vertx,
            Refusals refusals,
            Duration requestTimeout,
            Duration keepAlive,
            BodyTimeouts bodies,
            Handler<HttpServerRequest> next) {
        this.bodies = bodies;
        this.next = next;
        this.first = new Waiting(vertx, requestTimeout, () -> refusals.refused(Limit.REQUEST_TIME));
        this.others = new Waiting(vertx, keepAlive, () -> {});
    }

    /** Connections without a request, which are closed after a timeout. */
    private static final class Waiting {
        private final Map<HttpConnection, Long> since = new LinkedHashMap<>(); // the oldest first
        private final long timeoutNanos;
        private final Runnable onEnd;

        Waiting(Vertx vertx, Duration timeout, Runnable onEnd) {
            this.timeoutNanos = timeout.toNanos();
            this.onEnd = onEnd;
            vertx.setPeriodic(Math.max(1, timeout.toMillis() / CHECKS_PER_TIMEOUT), id -> endLate());
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
                if (now - one.getValue() < timeoutNanos) {
                    return;
                }
                oldest.remove();
                onEnd.run();
                one.getKey().close();
            }
        }
    }

    /** A connection opened. */
    public void opened(HttpConnection connection) {
        connection.closeHandler(closed -> closed(connection));
        first.add(connection);
    }

    /**
     * A connection is about to be closed because it broke a limit, so none of its further requests is served. Netty closes it after
     * all bytes that it has read are decoded, which may be thousands of requests.
     *
     * @return whether this is the first call for the connection
     */
    public boolean ends(HttpConnection connection) {
        return ending.add(connection);
    }

    private void closed(HttpConnection connection) {
        ending.remove(connection);
        first.remove(connection);
        others.remove(connection);
        streams.remove(connection);
    }

    @Override
    public void handle(HttpServerRequest request) {
        HttpConnection connection = request.connection();
        if (ending.contains(connection)) {
            request.pause(); // it gets no response
            return;
        }
        first.remove(connection);
        others.remove(connection);
        if (RequestHead.isHttp2(request)) {
            streams.merge(connection, 1, Integer::sum);
        }
        bodies.began(request);
        request.response().endHandler(ended -> answered(request));
        next.handle(request);
    }

    private void answered(HttpServerRequest request) {
        bodies.answered(request);
        HttpConnection connection = request.connection();
        boolean hasOthers = RequestHead.isHttp2(request)
                && streams.computeIfPresent(connection, (one, count) -> count == 1 ? null : count - 1) != null;
        HttpServerResponse response = request.response();
        if (!hasOthers && !response.closed() && response.getStatusCode() != SWITCHING_PROTOCOLS) {
            others.add(connection);
        }
    }
}
