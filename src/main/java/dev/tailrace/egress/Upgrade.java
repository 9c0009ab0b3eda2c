package dev.tailrace.egress;

import dev.tailrace.http.Problem;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;

/** Turns a reader's request into a WebSocket (RFC 6455, section 4.2). */
public final class Upgrade {

    private static final String VERSION = "13";

    private Upgrade() {}

    public static boolean isAsked(HttpServerRequest request) {
        return request.headers().contains(HttpHeaders.UPGRADE, "websocket", true);
    }

    /** @throws Problem when the request does not ask for a WebSocket of the supported version */
    public static void require(RoutingContext call) {
        if (!isAsked(call.request())) {
            if (call.request().version() != HttpVersion.HTTP_2) { // HTTP/2 has no such header
                call.response().putHeader("Upgrade", "websocket");
            }
            throw new Problem(426, "websocket-only", "WebSocket required", "connect with ws://");
        }
        if (!VERSION.equals(call.request().getHeader("Sec-WebSocket-Version"))) {
            call.response().putHeader("Sec-WebSocket-Version", VERSION);
            throw new Problem(426, "websocket-version", "WebSocket version not supported", "send version " + VERSION);
        }
    }

    public static Future<PeerSocket> accept(RoutingContext call, EgressServices egress) {
        require(call);
        return call.request().toWebSocket().map(socket -> {
            forget(call);
            return PeerSocket.ofWebSocket(
                    call.request(),
                    socket,
                    egress.options().streamBytes(),
                    egress.broker().streamBudget());
        });
    }

    // Vert.x holds the request as long as the socket: a kilobyte each that is not needed any more.
    private static void forget(RoutingContext call) {
        call.request().headers().clear();
        call.request().params().clear();
        call.response().headers().clear();
    }
}
