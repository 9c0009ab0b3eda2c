package dev.tailrace.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;

/** Security headers of responses: type sniffing, embedding, content security policy. */
public final class SafeHeaders {

    private static final CharSequence CONTENT_TYPE_OPTIONS = HttpHeaders.createOptimized("X-Content-Type-Options");
    private static final CharSequence NO_SNIFF = HttpHeaders.createOptimized("nosniff");
    private static final CharSequence RESOURCE_POLICY = HttpHeaders.createOptimized("Cross-Origin-Resource-Policy");
    private static final CharSequence SAME_ORIGIN = HttpHeaders.createOptimized("same-origin");

    private SafeHeaders() {}

    /** Adds headers to all responses, so that a browser neither takes a line for a page or a script nor embeds it into a foreign page. */
    public static void mount(Router router) {
        router.route().handler(call -> {
            // Browsers ignore them on a WebSocket, whose headers would stay in memory while it is open.
            if (!call.request().headers().contains(HttpHeaders.UPGRADE)) {
                call.response().putHeader(CONTENT_TYPE_OPTIONS, NO_SNIFF).putHeader(RESOURCE_POLICY, SAME_ORIGIN);
            }
            call.next();
        });
    }

    /** Adds the further headers of a page. */
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
