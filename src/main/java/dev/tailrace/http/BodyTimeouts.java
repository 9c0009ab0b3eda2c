package dev.tailrace.http;

import dev.tailrace.metrics.Meters;
import dev.tailrace.metrics.Meters.Limit;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Refuses requests of one event loop whose body does not become whole in time. Not those whose lines are stored while they come:
 * such a body may be endless, and holds nothing but its connection.
 */
public final class BodyTimeouts {

    private static final int LOOKS_PER_TIMEOUT = 4;

    private final Meters meters;
    private final Duration patience;

    /** Those that are not answered yet, the oldest first, and since when. */
    private final Map<HttpServerRequest, Long> awaited = new LinkedHashMap<>();

    /** @param patience from the head of a request to the end of its body */
    public BodyTimeouts(Vertx vertx, Meters meters, Duration patience) {
        this.meters = meters;
        this.patience = patience;
        vertx.setPeriodic(Math.max(1, patience.toMillis() / LOOKS_PER_TIMEOUT), id -> endLate());
    }

    void began(HttpServerRequest request) {
        if (ProblemResponse.hasBody(request) && !isStream(request.path())) {
            awaited.put(request, System.nanoTime());
        }
    }

    void answered(HttpServerRequest request) {
        awaited.remove(request);
    }

    private static boolean isStream(String path) {
        return (path.startsWith("/device/v2/") && path.endsWith("/log-stream"))
                || (path.startsWith("/api/v1/devices/") && (path.endsWith("/logs") || path.endsWith("/upload")));
    }

    private void endLate() {
        long before = System.nanoTime() - patience.toNanos();
        while (!awaited.isEmpty()) {
            Map.Entry<HttpServerRequest, Long> oldest =
                    awaited.entrySet().iterator().next();
            if (oldest.getValue() - before > 0) {
                return;
            }
            HttpServerRequest request = oldest.getKey();
            awaited.remove(request);
            if (!request.isEnded() && !request.response().headWritten()) {
                meters.refused(Limit.BODY_TIME);
                ProblemResponse.answerAndClose(
                        request,
                        new Problem(
                                408,
                                "body-too-slow",
                                "Request body timed out",
                                "it must arrive completely within " + patience.toSeconds()
                                        + " s (--body-timeout); stream ndjson to …/logs for slow input"));
            }
        }
    }
}
