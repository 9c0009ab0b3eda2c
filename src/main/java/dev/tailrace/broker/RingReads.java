package dev.tailrace.broker;

import dev.tailrace.storage.Page;
import dev.tailrace.storage.RingState;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reads of one feed's ring. Subscribers that ask for an offset while a read of it is in flight share the next read,
 * because the answer in flight may be older than their request. So any number of them costs two reads.
 */
final class RingReads {

    private static final Logger log = LoggerFactory.getLogger(RingReads.class);

    /** Reads the ring's state only; no entry has this offset. */
    static final long STATE = 0;

    /** Bytes of one read of the ring; one entry more than these may come. */
    static final int PAGE_ENTRIES = 500;

    static final int PAGE_BYTES = 64 * 1024;

    /** Subscribers that are given a page before the clock is read; counted as in {@link Handover}. */
    private static final int GIVEN_PER_CHECK = 64;

    private final Feed feed;

    // Touched on the broker's context only. There are never more of them than there are cursors.
    private final Map<Long, SharedRead> reads = new HashMap<>();

    RingReads(Feed feed) {
        this.feed = feed;
    }

    /** Reads from an offset, or {@link #STATE}, and answers the cursor once. */
    void ask(Cursor cursor, long from) {
        SharedRead read = reads.computeIfAbsent(from, SharedRead::new);
        read.waiting.add(cursor);
        read.requestRead();
    }

    /** The cursors that want to read from the same offset. */
    private final class SharedRead implements ReadGate.Read {
        private final long from;
        private List<Cursor> waiting = new ArrayList<>(1);
        private boolean atGate; // or past it, until its read is answered

        SharedRead(long from) {
            this.from = from;
        }

        void requestRead() {
            if (!atGate) {
                atGate = true;
                feed.broker().gate().enter(this);
            }
        }

        @Override
        public boolean begin() {
            List<Cursor> asking = waiting;
            waiting = new ArrayList<>(1);
            asking.removeIf(cursor -> !cursor.stillReads());
            if (asking.isEmpty()) {
                reads.remove(from);
                return false;
            }
            read().onComplete(answer -> onAnswer(asking, answer));
            return true;
        }

        private Future<Page> read() {
            try {
                return feed.broker()
                        .ring()
                        .read(
                                feed.device(),
                                Math.max(1, from),
                                from == STATE ? 0 : PAGE_ENTRIES,
                                from == STATE ? 0 : PAGE_BYTES);
            } catch (RuntimeException refused) {
                return Future.failedFuture(refused);
            }
        }

        private void onAnswer(List<Cursor> asking, AsyncResult<Page> answer) {
            atGate = false;
            if (waiting.isEmpty()) {
                reads.remove(from);
            } else {
                requestRead();
            }
            Chunk chunk = null;
            try {
                chunk = keep(asking, answer);
            } finally {
                if (chunk == null) {
                    feed.broker().gate().leave();
                }
            }
            if (chunk != null) {
                chunk.hold();
                handOut(asking.iterator(), answer.result().state(), chunk);
            }
        }

        /** What was read; null for a failure, after its cursors were informed. */
        private @Nullable Chunk keep(List<Cursor> asking, AsyncResult<Page> answer) {
            if (answer.succeeded()) {
                try {
                    return feed.keep(answer.result());
                } catch (RuntimeException unreadable) {
                    feed.broker().failures().ofFeed(unreadable);
                }
            } else {
                feed.broker().meters().readFailed();
                log.debug(
                        "Cannot read the ring of {}: {}",
                        feed.device(),
                        answer.cause().getMessage());
            }
            asking.forEach(cursor -> cursor.guarded(Cursor::onReadFailed));
            return null;
        }

        /** Delivers to as many cursors as one tick of the loop allows, and then to the others. */
        private void handOut(Iterator<Cursor> asking, RingState state, Chunk chunk) {
            Slice slice = feed.broker().slice();
            boolean over = false;
            try {
                for (int given = 1; asking.hasNext() && !over; given++) {
                    asking.next().guarded(cursor -> cursor.onPage(state, chunk));
                    over = given % GIVEN_PER_CHECK == 0 && slice.isOver();
                }
            } finally {
                if (asking.hasNext()) {
                    feed.broker().vertx().setTimer(Slice.PAUSE_MILLIS, id -> handOut(asking, state, chunk));
                } else {
                    chunk.release();
                    feed.broker().gate().leave();
                }
            }
        }
    }
}
