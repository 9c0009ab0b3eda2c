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
 * Begins the requests of one event loop for some milliseconds at a time, then lets the loop read from its sockets. What is read at once from one
 * connection may be thousands of requests, and those of others would wait for all of them. Those that wait are begun one of each
 * connection after the other. They are not read from meanwhile, and there are no more of them than a connection may have unanswered: one of
 * HTTP/1.1, {@code --http2-streams} of HTTP/2.
 */
public final class RequestTurns implements Handler<HttpServerRequest> {

    /** After so much work with requests, beyond the time that was spent on anything else since it began, others wait. */
    static final long NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Handler<HttpServerRequest> next;
    private final LongSupplier nanoTime;
    private final Consumer<Runnable> afterReading;

    // Touched on the event loop.
    private final Map<HttpConnection, Queue<HttpServerRequest>> waiting =
            new LinkedHashMap<>(); // whose turn it is first
    private long spent;
    private long endedAt; // the last request that was begun

    /** @param afterReading runs something on the event loop when that has read from its sockets once */
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
            afterReading.accept(this::turn);
        }
        waiting.computeIfAbsent(request.connection(), first -> new ArrayDeque<>())
                .add(request);
    }

    /** Time that went to other work counts as a pause, so a loop that is not busy with requests delays none. */
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

    private void turn() {
        spent = 0;
        try {
            while (!waiting.isEmpty() && spent < NANOS) {
                beginFirst();
            }
        } finally {
            if (!waiting.isEmpty()) {
                afterReading.accept(this::turn);
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
        if (!request.response().closed()) { // its client has left, or taken it back
            request.resume();
            begin(request);
        }
    }
}
