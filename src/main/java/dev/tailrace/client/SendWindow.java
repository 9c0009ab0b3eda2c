package dev.tailrace.client;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The lines that were read and not yet answered, in order: when it is full the input waits, and a new connection
 * resends it from the front.
 */
public final class SendWindow {

    public static final int MAX_LINES = 10_000;
    public static final int MAX_BYTES = 4 * 1024 * 1024;

    /** One frame; a longer line has a frame of its own. */
    static final int FRAME_LINES = 1000;

    static final int FRAME_BYTES = 64 * 1024;

    /**
     * The outcome of the lines.
     *
     * @param stored answered, and not rejected by the broker
     * @param rejected by the broker, or because they cannot be sent at all
     * @param inputAnswered bytes of the input whose lines have been answered
     */
    public record Counts(long sent, long resent, long stored, long rejected, long unanswered, long inputAnswered) {}

    /** A line in flight, and its ordinal within its connection. */
    private record OnItsWay(NumberedLine line, long ordinal) {}

    private final int maxLines;
    private final long maxBytes;

    private final Lock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    private final Condition news = lock.newCondition();

    // All state below is touched under the lock: by the input, the connection and its listener.
    private final Deque<NumberedLine> unsent = new ArrayDeque<>();
    private final Deque<OnItsWay> unanswered = new ArrayDeque<>();
    private long bytes; // of both queues
    private long connection;
    private long ordinal; // lines sent on this connection
    private long highestSent; // seq
    private long sent;
    private long resent;
    private long answered;
    private long unsendable; // rejected without being sent
    private long rejected; // by the broker
    private long inputAnswered;
    private long changes;
    private boolean ended;

    public SendWindow(int maxLines, long maxBytes) {
        this.maxLines = maxLines;
        this.maxBytes = maxBytes;
    }

    // ---- the input

    /** Waits for room; returns false when no more lines are accepted. */
    public boolean put(NumberedLine line) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!ended && isFull(line)) {
                room.await();
            }
            if (ended) {
                return false;
            }
            bytes += line.json().length;
            unsent.addLast(line);
            if (unsent.size() == 1) {
                changed();
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    // A line larger than the window fits when it is alone.
    private boolean isFull(NumberedLine next) {
        int lines = unsent.size() + unanswered.size();
        return lines >= maxLines || (lines > 0 && bytes + next.json().length > maxBytes);
    }

    /** Counts a line of the input that cannot be sent at all. */
    public void countRejected() {
        lock.lock();
        try {
            unsendable++;
        } finally {
            lock.unlock();
        }
    }

    /** Ends the input: no more lines are added or accepted. */
    public void end() {
        lock.lock();
        try {
            ended = true;
            room.signalAll();
            changed();
        } finally {
            lock.unlock();
        }
    }

    // ---- the connection

    /**
     * Begins a new connection, on which all unanswered lines are resent in order.
     *
     * @return its number; answers on earlier connections no longer count
     */
    long startOver() {
        lock.lock();
        try {
            for (Iterator<OnItsWay> newestFirst = unanswered.descendingIterator(); newestFirst.hasNext(); ) {
                unsent.addFirst(newestFirst.next().line());
            }
            unanswered.clear();
            ordinal = 0;
            return ++connection;
        } finally {
            lock.unlock();
        }
    }

    /** Returns the lines of the next frame, possibly none; they count as sent. */
    List<NumberedLine> nextFrame() {
        lock.lock();
        try {
            List<NumberedLine> frame = new ArrayList<>();
            int size = 0;
            for (NumberedLine next = unsent.peekFirst(); next != null; next = unsent.peekFirst()) {
                size += next.json().length + 1;
                if (!frame.isEmpty() && (size > FRAME_BYTES || frame.size() == FRAME_LINES)) {
                    break;
                }
                frame.add(unsent.removeFirst());
                countSent(next);
            }
            return frame;
        } finally {
            lock.unlock();
        }
    }

    private void countSent(NumberedLine line) {
        unanswered.addLast(new OnItsWay(line, ++ordinal));
        if (line.seq() > highestSent) {
            highestSent = line.seq();
            sent++;
        } else {
            resent++;
        }
    }

    /** Records that all lines up to {@code seq} are stored or rejected. */
    void acknowledged(long of, long seq) {
        lock.lock();
        try {
            OnItsWay first = of == connection ? unanswered.peekFirst() : null;
            while (first != null && first.line().seq() <= seq) {
                unanswered.removeFirst();
                answered(first.line());
                first = unanswered.peekFirst();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Returns the {@code n}-th line of a connection, or null when it is answered or was never sent. */
    @Nullable
    NumberedLine onItsWay(long of, long n) {
        lock.lock();
        try {
            for (OnItsWay next : unanswered) {
                if (of == connection && next.ordinal() == n) {
                    return next.line();
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Records that the broker rejected the {@code n}-th line of a connection. The broker may not acknowledge it,
     * because a line that cannot be parsed has no number to acknowledge.
     */
    void rejected(long of, long n) {
        lock.lock();
        try {
            if (of != connection) {
                return;
            }
            rejected++;
            NumberedLine line = onItsWay(of, n);
            if (line != null) {
                unanswered.removeIf(next -> next.ordinal() == n);
                answered(line);
            }
        } finally {
            lock.unlock();
        }
    }

    private void answered(NumberedLine line) {
        answered++;
        bytes -= line.json().length;
        inputAnswered = Math.max(inputAnswered, line.inputEnd());
        room.signal();
        if (unanswered.isEmpty()) {
            changed();
        }
    }

    // ---- waiting

    /** A number that grows with each change that {@link #awaitChange} waits for. */
    long changes() {
        lock.lock();
        try {
            return changes;
        } finally {
            lock.unlock();
        }
    }

    /** Signals a change to the connection that waits. */
    void touch() {
        lock.lock();
        try {
            changed();
        } finally {
            lock.unlock();
        }
    }

    private void changed() {
        changes++;
        news.signalAll();
    }

    /** Returns when there was a change since {@code seen}, or after a time. */
    void awaitChange(long seen, Duration limit) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = limit.toNanos();
            while (changes == seen && left > 0) {
                left = news.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether the input has ended and every line is answered. */
    boolean isSettled() {
        lock.lock();
        try {
            return ended && unsent.isEmpty() && unanswered.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Whether an answer is due. */
    boolean isWaiting() {
        lock.lock();
        try {
            return !unanswered.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    public Counts counts() {
        lock.lock();
        try {
            // The broker may acknowledge a line that it rejects as well, and then it has answered it once.
            long stored = Math.max(0, answered - rejected);
            int open = unsent.size() + unanswered.size();
            return new Counts(sent, resent, stored, unsendable + rejected, open, inputAnswered);
        } finally {
            lock.unlock();
        }
    }
}
