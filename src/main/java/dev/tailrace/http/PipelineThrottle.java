package dev.tailrace.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/**
 * Begins a request when its client has read the answers to those before it on its connection. Answers that are given at once would
 * pile up otherwise, for a client that sends requests without end and reads nothing.
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
        // Until it is answered, Vert.x reads no other request of its connection.
        request.pause();
        response.drainHandler(drained -> {
            response.drainHandler(null);
            request.resume();
            next.handle(request);
        });
    }
}
