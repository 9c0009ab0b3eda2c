package dev.tailrace.egress;

import dev.tailrace.http.WebSocketUpgrade;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;

/** Turns a reader's request into a WebSocket. */
public final class Upgrade {

    private Upgrade() {}

    /** @throws dev.tailrace.http.Problem 426 when the request does not ask for a WebSocket of the version that is spoken */
    public static void require(RoutingContext call) {
        WebSocketUpgrade.require(call, "connect with ws://");
    }

    public static Future<PeerSocket> accept(RoutingContext call, EgressServices egress) {
        require(call);
        return WebSocketUpgrade.accept(call)
                .map(socket -> PeerSocket.ofWebSocket(
                        call.request(),
                        socket,
                        egress.options().streamBytes(),
                        egress.broker().streamBudget()));
    }
}
