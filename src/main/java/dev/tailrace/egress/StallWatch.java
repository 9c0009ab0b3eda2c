package dev.tailrace.egress;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;

/** Watches whether the peer of one stream accepts what is written to it. Touched on the stream's event loop only. */
final class StallWatch {

    /** While the broker shuts down, a peer that accepts no byte for this long is cut off. */
    static final long LEAVING_MILLIS = 2000;

    private final PeerSocket socket;
    private final Duration limit;
    private long progress; // of the socket, at the latest check
    private long progressAt; // nanoseconds of the loop's running time

    /** @param limit a peer that accepts no byte for this long has stalled */
    StallWatch(PeerSocket socket, Duration limit) {
        this.socket = socket;
        this.limit = limit;
    }

    /** @param now nanoseconds for which the event loop was running, as in {@link #hasStalled} */
    void begin(long now) {
        progressAt = now;
    }

    /**
     * Whether bytes have waited for the limit, and none was accepted. Called regularly.
     *
     * @param now nanoseconds for which the event loop was running, so that a pause of the process is not the peer's
     */
    boolean hasStalled(long now) {
        long seen = socket.progress();
        if (socket.waiting() == 0 || seen != progress) {
            progress = seen;
            progressAt = now;
            return false;
        }
        return now - progressAt >= limit.toNanos();
    }

    /**
     * Cuts the connection off if its peer stalls before the stream has ended, because it would hold up the shutdown of
     * the broker. The reader resumes from its position like all others.
     */
    void cutWhenStalled(Vertx vertx, Future<Void> ended) {
        cutWhenStalled(vertx, ended, socket.progress());
    }

    private void cutWhenStalled(Vertx vertx, Future<Void> ended, long seen) {
        if (ended.isComplete()) {
            return;
        }
        vertx.setTimer(LEAVING_MILLIS, id -> {
            long now = socket.progress();
            if (now != seen) {
                cutWhenStalled(vertx, ended, now);
            } else if (!ended.isComplete()) {
                socket.abort(Duration.ofMillis(LEAVING_MILLIS));
            }
        });
    }
}
