package dev.tailrace.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/**
 * Defers a pipelined request until the responses before it have been written, so that the responses to a client that never reads do not
 * pile up.
 */
public final class PipelineThrottle implements Handler<HttpServerRequest> {

    private final Handler<HttpServerRequest> next;

    public PipelineThrottle(Handler<HttpServerRequest> next) {
        this.next = next;
    }

    @Override
    public void handle(HttpServerRequest request) {
        HttpServerResponse response = request.response();
        if (!response.writeQueueFull()) {
            next.handle(request);
            return;
        }
        // Vert.x reads no other request of the connection before this one is answered.
        request.pause();
        response.drainHandler(drained -> {
            response.drainHandler(null);
            request.resume();
            next.handle(request);
        });
    }
}
