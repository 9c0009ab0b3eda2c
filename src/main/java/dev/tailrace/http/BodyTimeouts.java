package dev.tailrace.http;

import dev.tailrace.http.Route.Body;
import dev.tailrace.metrics.Limit;
import dev.tailrace.metrics.Refusals;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Answers 408 to the requests of one event loop whose body does not arrive completely in time, however slowly it trickles. A body
 * that is stored as it arrives ({@link Route.Body#STREAM}) is exempt: it may be endless, and holds nothing but its connection.
 */
public final class BodyTimeouts {

    private static final int CHECKS_PER_TIMEOUT = 4;

    private final Refusals refusals;
    private final Duration timeout;

    /** Requests by their responses, because the router wraps the requests; the oldest first. Touched on one event loop only. */
    private final Map<HttpServerResponse, Awaited> awaited = new LinkedHashMap<>();

    private record Awaited(HttpServerRequest request, long since) {}

    /** @param timeout from the head of a request to the end of its body */
    public BodyTimeouts(Vertx vertx, Refusals refusals, Duration timeout) {
        this.refusals = refusals;
        this.timeout = timeout;
        vertx.setPeriodic(Math.max(1, timeout.toMillis() / CHECKS_PER_TIMEOUT), id -> endLate());
    }

    /** Before all routes. */
    public void mount(Router router) {
        Route.ALL.stream()
                .filter(route -> route.body() == Body.STREAM)
                .forEach(route -> router.route(route.method(), route.path()).handler(call -> {
                    awaited.remove(call.response());
                    call.next();
                }));
    }

    void began(HttpServerRequest request) {
        if (RequestHead.hasBody(request)) {
            awaited.put(request.response(), new Awaited(request, System.nanoTime()));
        }
    }

    void answered(HttpServerRequest request) {
        awaited.remove(request.response());
    }

    private void endLate() {
        long before = System.nanoTime() - timeout.toNanos();
        while (!awaited.isEmpty()) {
            Awaited oldest = awaited.values().iterator().next();
            if (oldest.since - before > 0) {
                return;
            }
            HttpServerRequest request = oldest.request;
            awaited.remove(request.response());
            if (!request.isEnded() && !request.response().headWritten()) {
                refusals.refused(Limit.BODY_TIME);
                ProblemResponse.answerAndClose(
                        request,
                        new Problem(
                                408,
                                "body-too-slow",
                                "Request body timed out",
                                "it must arrive completely within " + timeout.toSeconds()
                                        + " s (--body-timeout); stream ndjson to …/logs for slow input"));
            }
        }
    }
}
