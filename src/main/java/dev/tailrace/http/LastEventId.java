package dev.tailrace.http;

import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The id of the last event that a reader has seen. An EventSource sends it as a header when it reconnects. Libraries
 * that imitate EventSource, and cannot or do not set headers, send a parameter of the query instead.
 */
public final class LastEventId {

    /** The name of the parameter, as event-source-polyfill sends it. */
    public static final String PARAMETER = "lastEventId";

    /** It, and the names that other libraries use; in any letter case. */
    private static final List<String> PARAMETERS =
            List.of(PARAMETER, "last-event-id", "last_event_id", "evs_last_event_id");

    private LastEventId() {}

    /**
     * The id, or null when the request has none. The header counts first, because a browser that reconnects repeats the
     * query of its first request.
     */
    public static @Nullable String of(HttpServerRequest request) {
        String header = request.getHeader("Last-Event-ID");
        if (header != null && !header.isBlank()) {
            return header.trim();
        }
        for (String name : PARAMETERS) {
            String value = request.getParam(name);
            if (value != null && !value.isBlank()) {
                return value.trim();
            }
        }
        return null;
    }
}
