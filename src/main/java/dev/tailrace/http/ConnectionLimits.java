package dev.tailrace.http;

import dev.tailrace.metrics.Meters;
import dev.tailrace.metrics.Meters.Limit;
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
 * The connections of one event loop: ends those that do not bring the whole head of a first request in time, however often they send a
 * byte of it, or of another request after their last answer.
 */
public final class ConnectionLimits implements Handler<HttpServerRequest> {

    private static final int LOOKS_PER_TIMEOUT = 4;
    private static final int SWITCHING_PROTOCOLS = 101;

    private final BodyTimeouts bodies;
    private final Handler<HttpServerRequest> next;
    private final Waiting first;
    private final Waiting others;

    /** Those of HTTP/2 that did what they may not, and are about to be closed. */
    private final Set<HttpConnection> ending = new HashSet<>();

    /** How many requests of a connection of HTTP/2 are not answered; others have one at a time. */
    private final Map<HttpConnection, Integer> streams = new HashMap<>();

    /**
     * @param patience from the opening of a connection to its first request
     * @param keepAlive from an answer to the next request
     */
    public ConnectionLimits(
            Vertx vertx,
            Meters meters,
            Duration patience,
            Duration keepAlive,
            BodyTimeouts bodies,
            Handler<HttpServerRequest> next) {
        this.bodies = bodies;
        this.next = next;
        this.first = new Waiting(vertx, patience, () -> meters.refused(Limit.REQUEST_TIME));
        this.others = new Waiting(vertx, keepAlive, () -> {});
    }

    /** ConnectionLimits without a request, and since when; those that wait too long are closed. */
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

    /** A connection opened. */
    public void opened(HttpConnection connection) {
        connection.closeHandler(closed -> closed(connection));
        first.add(connection);
    }

    /**
     * A connection is about to be closed for what it did: no other request of it is served. Netty closes it once all that it has read is
     * decoded, which may be thousands of requests.
     *
     * @return whether that was not known yet
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
            request.pause(); // it is never answered
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
