package dev.tailrace.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Begins the requests of one event loop for some milliseconds at a time, then lets the loop read from its sockets. One read of one
 * connection may contain thousands of requests, and the requests of other connections would wait for all of them. Waiting requests are
 * begun round-robin over their connections, and their bodies are not read meanwhile. There are at most as many as the open requests
 * that a connection may have: one of HTTP/1.1, {@code --http2-streams} of HTTP/2.
 */
public final class RequestTurns implements Handler<HttpServerRequest> {

    /** Requests wait after this much work with requests, less the time that the loop has spent on other work since. */
    static final long NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Handler<HttpServerRequest> next;
    private final LongSupplier nanoTime;
    private final Consumer<Runnable> afterReading;

    // Touched on the event loop.
    private final Map<HttpConnection, Queue<HttpServerRequest>> waiting =
            new LinkedHashMap<>(); // the next connection first
    private long spent;
    private long endedAt; // when the handler of the last request returned

    /** @param afterReading runs a task on the event loop after the loop has read from its sockets once */
    public RequestTurns(Handler<HttpServerRequest> next, LongSupplier nanoTime, Consumer<Runnable> afterReading) {
        this.next = next;
        this.nanoTime = nanoTime;
        this.afterReading = afterReading;
        this.endedAt = nanoTime.getAsLong();
    }

    @Override
    public void handle(HttpServerRequest request) {
        if (waiting.isEmpty() && hasTime()) {
            begin(request);
            return;
        }
        request.pause();
        if (waiting.isEmpty()) {
            afterReading.accept(this::beginWaiting);
        }
        waiting.computeIfAbsent(request.connection(), first -> new ArrayDeque<>())
                .add(request);
    }

    /** Time for other work counts as a pause, so a loop that is not busy with requests delays none. */
    private boolean hasTime() {
        spent = Math.max(0, spent - (nanoTime.getAsLong() - endedAt));
        return spent < NANOS;
    }

    private void begin(HttpServerRequest request) {
        long began = nanoTime.getAsLong();
        try {
            next.handle(request);
        } finally {
            long ended = nanoTime.getAsLong();
            spent += ended - began;
            endedAt = ended;
        }
    }

    private void beginWaiting() {
        spent = 0;
        try {
            while (!waiting.isEmpty() && spent < NANOS) {
                beginFirst();
            }
        } finally {
            if (!waiting.isEmpty()) {
                afterReading.accept(this::beginWaiting);
            }
        }
    }

    private void beginFirst() {
        var connections = waiting.entrySet().iterator();
        Map.Entry<HttpConnection, Queue<HttpServerRequest>> first = connections.next();
        HttpServerRequest request = first.getValue().remove();
        connections.remove();
        if (!first.getValue().isEmpty()) {
            waiting.put(first.getKey(), first.getValue());
        }
        if (!request.response().closed()) { // otherwise its client has left, or reset it
            request.resume();
            begin(request);
        }
    }
}
