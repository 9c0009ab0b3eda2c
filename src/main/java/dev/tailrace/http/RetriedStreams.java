package dev.tailrace.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The response to an EventSource that should reconnect later. An EventSource treats every status but 200 as final and never reconnects
 * (WHATWG HTML, section 9.2.3), so the response is a stream with the time to reconnect and the reason, which ends at once.
 */
public final class RetriedStreams {

    private static final int LEAST_MILLIS = 1000;
    private static final int SPREAD_MILLIS = 4000;

    private RetriedStreams() {}

    /** Whether the problem is temporary, and the client accepts nothing but an event stream, as an EventSource does. */
    public static boolean apply(HttpServerRequest request, Problem problem) {
        String accept = request.getHeader(HttpHeaders.ACCEPT);
        return problem.status() == 503
                && accept != null
                && accept.contains("text/event-stream")
                && !accept.contains("json");
    }

    /** @param id the event id with which the client resumes; null when it keeps the one that it has */
    public static void answer(HttpServerRequest request, Problem problem, @Nullable String id) {
        int retry = LEAST_MILLIS + ThreadLocalRandom.current().nextInt(SPREAD_MILLIS);
        JsonObject why = new JsonObject().put("reason", problem.name());
        HttpServerResponse response = request.response();
        if (!RequestHead.isHttp2(request)) { // HTTP/2 has no such header
            response.putHeader(HttpHeaders.CONNECTION, "close"); // another broker may answer the next request
        }
        response.putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream; charset=utf-8")
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache, no-transform")
                .putHeader("X-Accel-Buffering", "no")
                .end("retry: " + retry + "\nevent: bye\n" + (id == null ? "" : "id: " + id + "\n") + "data: "
                        + why.encode() + "\n\n");
    }
}
