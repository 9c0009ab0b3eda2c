package dev.tailrace.client;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * Keeps a connection to the broker until every line of the window is answered; each new connection starts at the front
 * of the window.
 */
public final class Sender {

    /** Opens the connection to which the window assigned a number. */
    public interface Dialer {
        IngestSocket dial(long connection) throws IOException, InterruptedException;
    }

    /** The time without a change after which the connection is checked. */
    private static final Duration TICK = Duration.ofMillis(250);

    private final SendWindow window;
    private final Dialer dialer;
    private final OutageNotice outage;
    private final Backoff backoff;
    private final int maxRetries;
    private final Runnable afterProgress;
    private volatile long deadline; // nanoTime, once stopped
    private volatile boolean stopped;

    /** @param maxRetries attempts without progress after which it gives up; negative for no limit */
    public Sender(
            SendWindow window,
            Dialer dialer,
            OutageNotice outage,
            Backoff backoff,
            int maxRetries,
            Runnable afterProgress) {
        this.window = window;
        this.dialer = dialer;
        this.outage = outage;
        this.backoff = backoff;
        this.maxRetries = maxRetries;
        this.afterProgress = afterProgress;
    }

    /**
     * Returns when every line is answered, or when the time is up.
     *
     * @throws IOException when the broker refuses permanently, or after too many attempts
     */
    public void run() throws IOException, InterruptedException {
        while (!isOver()) {
            try {
                session();
            } catch (RefusedException refused) {
                if (refused.isLasting()) {
                    throw refused;
                }
                backoff.askOnce(refused.retryAfter());
                retry(refused);
            } catch (IOException lost) {
                retry(lost);
            }
        }
    }

    /** Stops reading lines; those that were read have this much time left. */
    public void stop(Duration grace) {
        deadline = System.nanoTime() + grace.toNanos();
        stopped = true;
        window.end();
    }

    private void session() throws IOException, InterruptedException {
        IngestSocket socket = dialer.dial(window.startOver());
        try {
            pump(socket);
            if (window.isSettled()) {
                socket.close();
            }
        } finally {
            socket.abort();
        }
    }

    private void pump(IngestSocket socket) throws IOException, InterruptedException {
        long answeredBefore = window.counts().inputAnswered();
        long openedAt = System.nanoTime();
        while (!isOver()) {
            long seen = window.changes();
            socket.check();
            if (window.counts().inputAnswered() != answeredBefore || hasHeldIdle(openedAt)) {
                backoff.succeeded();
                outage.over();
            }
            afterProgress.run();
            List<NumberedLine> frame = socket.isReady() ? window.nextFrame() : List.of();
            if (frame.isEmpty()) {
                window.awaitChange(seen, timeUntil(System.nanoTime() + TICK.toNanos()));
            } else {
                socket.send(frame);
            }
        }
        afterProgress.run();
    }

    // Without a line there is no answer that proves that a connection makes progress.
    private boolean hasHeldIdle(long openedAt) {
        return !window.isWaiting() && System.nanoTime() - openedAt > TICK.toNanos();
    }

    private void retry(IOException lost) throws IOException, InterruptedException {
        if (maxRetries >= 0 && backoff.failures() >= maxRetries) {
            throw new IOException(ErrorText.of(lost) + "; gave up after " + backoff.failures() + " retries", lost);
        }
        outage.lost(ErrorText.of(lost));
        long until = System.nanoTime() + backoff.next().toNanos();
        while (until - System.nanoTime() > 0 && !isOver()) {
            window.awaitChange(window.changes(), timeUntil(until));
        }
    }

    /** Waits until a time, or until the time of this sender is up. */
    private Duration timeUntil(long until) {
        long now = System.nanoTime();
        return Duration.ofNanos(stopped ? Math.min(until - now, deadline - now) : until - now);
    }

    private boolean isOver() {
        return window.isSettled() || (stopped && System.nanoTime() - deadline >= 0);
    }
}
