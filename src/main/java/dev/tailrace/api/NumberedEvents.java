package dev.tailrace.api;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.time.Duration;

/** A stream of a few events at equal intervals, each with its number and the time at which it was sent. */
final class NumberedEvents {

    private final Vertx vertx;
    private final HttpServerResponse response;
    private final int events;
    private final Duration distance;

    // All state below is touched on the connection's event loop only.
    private Runnable onOver = () -> {};
    private long timer;
    private int sent;
    private boolean over;

    NumberedEvents(Vertx vertx, HttpServerResponse response, int events, Duration distance) {
        this.vertx = vertx;
        this.response = response;
        this.events = events;
        this.distance = distance;
    }

    /** @param ended runs once, when all were sent or the caller has left */
    void begin(Runnable ended) {
        onOver = ended;
        response.closeHandler(gone -> end());
        response.exceptionHandler(broken -> end());
        timer = vertx.setPeriodic(Math.max(1, distance.toMillis()), id -> send());
        send();
    }

    private void send() {
        if (over) {
            return;
        }
        sent++;
        JsonObject event =
                new JsonObject().put("number", sent).put("of", events).put("now", System.currentTimeMillis());
        response.write("id: " + sent + "\ndata: " + event + "\n\n");
        if (sent == events) {
            response.end();
            end();
        }
    }

    private void end() {
        if (!over) {
            over = true;
            vertx.cancelTimer(timer);
            onOver.run();
        }
    }
}
