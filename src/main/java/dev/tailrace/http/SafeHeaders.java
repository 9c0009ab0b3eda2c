package dev.tailrace.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;

/** What answers say to browsers so that they make no more of them than they are. */
public final class SafeHeaders {

    private static final CharSequence CONTENT_TYPE_OPTIONS = HttpHeaders.createOptimized("X-Content-Type-Options");
    private static final CharSequence NO_SNIFF = HttpHeaders.createOptimized("nosniff");
    private static final CharSequence RESOURCE_POLICY = HttpHeaders.createOptimized("Cross-Origin-Resource-Policy");
    private static final CharSequence SAME_ORIGIN = HttpHeaders.createOptimized("same-origin");

    private SafeHeaders() {}

    /** On all answers: a line is never taken for a page or a script, nor embedded by a foreign one. */
    public static void mount(Router router) {
        router.route().handler(call -> {
            // Of a WebSocket no browser asks it, and its headers would be held as long as it is open.
            if (!call.request().headers().contains(HttpHeaders.UPGRADE)) {
                call.response().putHeader(CONTENT_TYPE_OPTIONS, NO_SNIFF).putHeader(RESOURCE_POLICY, SAME_ORIGIN);
            }
            call.next();
        });
    }

    /** On pages besides. */
    public static HttpServerResponse ofPage(HttpServerRequest request) {
        HttpServerResponse response = request.response()
                .putHeader(
                        "Content-Security-Policy",
                        "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; connect-src 'self';"
                                + " img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
                .putHeader("X-Frame-Options", "DENY")
                .putHeader("Referrer-Policy", "no-referrer")
                .putHeader("Cross-Origin-Opener-Policy", "same-origin");
        if (request.isSSL()) {
            response.putHeader("Strict-Transport-Security", "max-age=31536000");
        }
        return response;
    }
}
