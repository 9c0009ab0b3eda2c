package dev.tailrace.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;

/** The header {@code Retry-After} (RFC 9110, section 10.2.3) of refusals that end by themselves. */
public final class RetryAfter {

    private static final int USUAL_SECONDS = 2;

    private RetryAfter() {}

    /** Adds the header in seconds, unless the status is final or the response has the header already. */
    public static void apply(HttpServerResponse response, int status) {
        apply(response, status, USUAL_SECONDS);
    }

    /** @param seconds after which the request may be repeated */
    public static void apply(HttpServerResponse response, int status, long seconds) {
        if ((status == 429 || status == 503) && !response.headers().contains(HttpHeaders.RETRY_AFTER)) {
            response.putHeader(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
        }
    }
}
