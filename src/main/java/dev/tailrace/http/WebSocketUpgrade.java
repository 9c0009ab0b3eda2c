package dev.tailrace.http;

import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.ext.web.RoutingContext;

/** Turns a request into a WebSocket (RFC 6455, section 4.2). */
public final class WebSocketUpgrade {

    private static final String VERSION = "13";
    private static final String VERSION_HEADER = "Sec-WebSocket-Version";

    private WebSocketUpgrade() {}

    /** Whether the client asks for a WebSocket. */
    public static boolean isAsked(HttpServerRequest request) {
        return request.headers().contains(HttpHeaders.UPGRADE, "websocket", true);
    }

    /** Whether it asks for the only version there is in use, 13. */
    public static boolean isVersionSpoken(HttpServerRequest request) {
        return VERSION.equals(request.getHeader(VERSION_HEADER));
    }

    /** As {@link #require(RoutingContext, String)}, for a client that has no other way. */
    public static void require(RoutingContext call) {
        require(call, "connect with ws://");
    }

    /**
     * Requires that the request asks for a WebSocket of the version that is spoken.
     *
     * @param hint what to do instead, for a client that asked for none
     * @throws Problem 426 when it does not
     */
    public static void require(RoutingContext call, String hint) {
        HttpServerRequest request = call.request();
        if (!isAsked(request)) {
            if (!RequestHead.isHttp2(request)) { // which has no such header
                call.response().putHeader("Upgrade", "websocket");
            }
            throw expected(hint);
        }
        if (!isVersionSpoken(request)) {
            call.response().putHeader(VERSION_HEADER, VERSION);
            throw new Problem(426, "websocket-version", "WebSocket version not supported", "send version " + VERSION);
        }
    }

    /** The problem of a request that is not for a WebSocket. */
    public static Problem expected(String hint) {
        return new Problem(426, "websocket-only", "WebSocket required", hint);
    }

    /** Answers the request with a WebSocket; its headers and parameters are gone then. */
    public static Future<ServerWebSocket> accept(RoutingContext call) {
        return call.request().toWebSocket().onSuccess(socket -> forget(call));
    }

    // Vert.x keeps the request as long as the socket: one kilobyte each that nobody reads again.
    private static void forget(RoutingContext call) {
        call.request().headers().clear();
        call.request().params().clear();
        call.response().headers().clear();
    }
}
