package dev.tailrace.ingest;

import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.model.LevelGuess;
import dev.tailrace.model.StorableLine;
import dev.tailrace.storage.EndOfTick;
import dev.tailrace.storage.RingStore.Appended;
import dev.tailrace.storage.RingUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns one sender's lines into appends: one is in flight, and the lines that arrive meanwhile form the next. While
 * {@link #isFull}, the sender is not read until {@code onDrain} runs. Every way in ends here. {@link Appender} stores
 * the batches, and {@link Throttle} applies the rate limits. Touched on the sender's event loop only.
 */
public final class LineSink implements EndOfTick.Task {

    private static final Logger log = LoggerFactory.getLogger(LineSink.class);

    /** One append; more lines make another. */
    static final int BATCH_LINES = 1000;

    static final int BATCH_BYTES = 256 * 1024;

    private static final long NOT_ASKED = 0;
    private static final int FIRST_BYTES = 512;
    private static final int MOST_EXPECTED_BYTES = 32 * 1024;

    /** What the sink reports to the sender. */
    public interface Listener {
        /** All lines up to this number are stored, were stored before, or were rejected. */
        default void handled(long seq) {}

        /** A line was rejected; lines are counted from 1. */
        void rejected(long line, String reason);

        /** Storage did not take a batch, and the sink gave it up. */
        default void failed(Throwable cause) {}

        /** The device is a new one, and there are too many; none of its lines is stored. */
        default void refused() {}
    }

    /** Whether a batch that storage did not take is offered again. */
    public enum OnUnavailable {
        /** Until it is stored; the sender is paused meanwhile. */
        RETRY,
        /** For {@link IngestOptions#retry}; then the append fails, and the sender may send again. */
        BRIEF
    }

    private final DeviceId device;
    private final IngestMeters meters;
    private final PendingShare share;
    private final IngestOptions options;
    private final EndOfTick endOfTick;
    private final @Nullable LevelGuess levelGuess;
    private final @Nullable Throttle throttle; // null without rate limits
    private final OnUnavailable onUnavailable;
    private final @Nullable String producer;
    private final Appender appender;
    private final WaitingSenders waitingSenders;
    private final Runnable onRoom = this::drain;
    private final Listener listener;

    private final Deque<PendingBatch> waiting = new ArrayDeque<>(4);
    private Runnable onDrain = () -> {};
    private boolean full;
    private boolean flushing;
    private boolean awaitsEndOfTick;
    private int pendingLines;
    private long pendingBytes;
    private int uncountedLines; // since the last piece
    private int uncountedBytes;
    private int uncountedRoom; // that those bytes take
    private long receivedAt = NOT_ASKED;
    private int expectedBytes = FIRST_BYTES; // of the next append
    private long highestSeq = Batch.NO_SEQ;
    private long handledSeq = Batch.NO_SEQ;
    private long received;
    private long stored;
    private long deduplicated;
    private long rejected;
    private @Nullable Promise<Void> finish;
    private @Nullable Throwable failure;

    /** @param account whose share of the budget is taken by the lines that wait for storage */
    public LineSink(
            IngestServices ingest,
            Account account,
            DeviceId device,
            OnUnavailable onUnavailable,
            @Nullable String producer,
            Listener listener) {
        this.device = device;
        this.meters = ingest.meters();
        this.share = ingest.budget().open(account);
        this.options = ingest.options();
        this.endOfTick = ingest.endOfTick();
        this.levelGuess = ingest.levelGuess();
        this.onUnavailable = onUnavailable;
        this.producer = producer;
        this.waitingSenders = ingest.waitingSenders();
        this.listener = listener;
        this.appender = new Appender(ingest, device, onUnavailable, producer, new Results());
        this.throttle = Throttle.of(ingest, device, onRoom);
    }

    // ---- lines of the sender

    /** Takes a line for the next append; {@link #flush} starts it. */
    public void accept(StorableLine line, long seq) {
        received++;
        uncountedLines++;
        if (producer != null && seq == Batch.NO_SEQ) {
            refuse(Rejection.INVALID, "seq is missing: a producer numbers each of its lines");
            return;
        }
        if (producer != null && seq <= highestSeq) {
            deduplicated++; // sent twice on this very connection
            meters.deduplicated(1);
            return;
        }
        if (failure != null) {
            refuse(Rejection.UNAVAILABLE, "storage is unavailable");
            return;
        }
        PendingBatch batch = lastBatch();
        if (producer != null) {
            highestSeq = seq;
            batch.seq(seq);
            batch.upTo = seq;
        }
        if (receivedAt == NOT_ASKED) {
            receivedAt = System.currentTimeMillis();
        }
        Entries.Builder entries = batch.entries();
        int before = entries.byteSize();
        line.writeTo(entries, receivedAt, levelGuess);
        int bytes = entries.byteSize() - before;
        int room = entries.room() + batch.seqBytes();
        pendingLines++;
        pendingBytes += bytes;
        uncountedBytes += bytes;
        uncountedRoom += room - batch.room;
        batch.room = room;
    }

    /** Counts and reports a line that cannot be read; the lines around it are stored. */
    public void reject(Rejection reason, String text, long seq) {
        received++;
        uncountedLines++;
        if (producer != null && seq > highestSeq) {
            highestSeq = seq;
            lastBatch().upTo = seq;
        }
        refuse(reason, text);
    }

    private void refuse(Rejection reason, String text) {
        rejected++;
        meters.rejected(reason, 1);
        listener.rejected(received, text);
    }

    private PendingBatch lastBatch() {
        PendingBatch last = waiting.peekLast();
        if (last == null || last.lines() == BATCH_LINES || last.bytes() >= BATCH_BYTES) {
            last = new PendingBatch(expectedBytes);
            waiting.addLast(last);
        }
        return last;
    }

    /** Ends a piece that arrived; an append of the lines taken starts at the end of the tick. */
    public void flushLater() {
        count();
        if (!awaitsEndOfTick) {
            awaitsEndOfTick = true;
            endOfTick.call(this);
        }
    }

    @Override
    public void onEndOfTick() {
        awaitsEndOfTick = false;
        flush();
    }

    /** Ends a piece that arrived; an append of the lines taken starts now, unless one is in flight. */
    public void flush() {
        count();
        if (flushing) {
            return; // storage answered within the call, and the loop below that made the call goes on
        }
        flushing = true;
        while (appender.inFlight() == null && failure == null && !waiting.isEmpty()) {
            start(waiting.removeFirst());
        }
        flushing = false;
        if (appender.inFlight() == null) {
            finished();
        }
    }

    // Once per piece rather than per line: these counts are shared by all event loops.
    private void count() {
        if (uncountedLines > 0) {
            meters.received(uncountedLines);
            share.add(uncountedRoom);
            if (throttle != null) {
                throttle.count(uncountedLines, uncountedBytes);
            }
            uncountedLines = 0;
            uncountedBytes = 0;
            uncountedRoom = 0;
            receivedAt = NOT_ASKED;
        }
    }

    private void start(PendingBatch next) {
        if (next.lines() == 0) {
            handled(next.upTo); // only rejected lines
            next.settle();
            return;
        }
        // A sender's appends resemble each other, and the room for one is then neither copied nor wasted.
        expectedBytes = Math.min(MOST_EXPECTED_BYTES, next.bytes() + next.bytes() / 8);
        Entries entries = next.build();
        int room = entries.room() + next.seqBytes();
        share.add(room - next.room);
        next.room = room;
        appender.append(next, entries);
    }

    /** Whether the sender is to be paused; {@code onDrain} runs when that is over. */
    public boolean isFull() {
        // Each is asked once: if another loop made room between two looks, nobody would wake this sink.
        boolean hasNoRoom = share.isOverdrawn();
        boolean isAhead = throttle != null && throttle.isOverdrawn();
        if (hasNoRoom || isAhead || pendingLines >= options.windowLines() || pendingBytes >= options.windowBytes()) {
            full = true;
        }
        if (throttle != null && isAhead) {
            throttle.waitUntilEven();
        }
        if (hasNoRoom) {
            waitingSenders.await(share, onRoom);
        }
        return full;
    }

    public void onDrain(Runnable handler) {
        onDrain = handler;
    }

    /** No more lines come; completes when the lines taken are stored, or fails when they are given up. */
    public Future<Void> finish() {
        if (finish == null) {
            finish = Promise.promise();
            appender.abandonLater();
            flush();
            if (throttle != null) {
                throttle.charge(); // the last lines too, so that a sender cannot avoid the limit by connecting again
            }
        }
        return finish.future();
    }

    /** Completes when all lines taken until now are stored or given up. */
    public Future<Void> settled() {
        PendingBatch last = waiting.isEmpty() ? appender.inFlight() : waiting.getLast();
        return last == null ? Future.succeededFuture() : last.settled();
    }

    /** Lines taken or rejected so far. */
    public long received() {
        return received;
    }

    public long stored() {
        return stored;
    }

    public long deduplicated() {
        return deduplicated;
    }

    public long rejected() {
        return rejected;
    }

    // ---- answers of storage

    private final class Results implements Appender.Result {
        @Override
        public void stored(PendingBatch batch, Appended appended) {
            meters.appended(appended.stored(), appended.deduplicated());
            stored += appended.stored();
            deduplicated += appended.deduplicated();
            forget(batch);
            handled(batch.upTo);
            goOn();
        }

        @Override
        public void refused(PendingBatch batch) {
            giveUp(batch, Rejection.DEVICES);
            giveUpWaiting(Rejection.DEVICES); // because they are of the same device
            listener.refused();
            goOn();
        }

        @Override
        public void failed(PendingBatch batch, Throwable cause) {
            boolean unavailable = cause instanceof RingUnavailableException;
            if (!unavailable) {
                log.error("Storage rejected {} lines of device {}", batch.lines(), device, cause);
            }
            Rejection reason = unavailable ? Rejection.UNAVAILABLE : Rejection.FAILED;
            giveUp(batch, reason);
            // A producer's later lines are not stored before it sent the refused ones again, or those would be taken
            // for repetitions then.
            if (onUnavailable == OnUnavailable.BRIEF || unavailable || producer != null) {
                failure = cause;
                giveUpWaiting(reason);
            }
            listener.failed(cause);
            goOn();
        }
    }

    private void goOn() {
        flush();
        drain();
    }

    private void giveUpWaiting(Rejection reason) {
        for (PendingBatch next = waiting.pollFirst(); next != null; next = waiting.pollFirst()) {
            giveUp(next, reason);
        }
    }

    private void giveUp(PendingBatch batch, Rejection reason) {
        rejected += batch.lines();
        meters.rejected(reason, batch.lines());
        forget(batch);
    }

    private void forget(PendingBatch batch) {
        pendingLines -= batch.lines();
        pendingBytes -= batch.bytes();
        share.remove(batch.room);
        batch.settle();
    }

    private void handled(long upTo) {
        if (upTo > handledSeq) {
            handledSeq = upTo;
            listener.handled(upTo);
        }
    }

    private void drain() {
        boolean room = pendingLines == 0
                || (pendingLines <= options.windowLines() / 2 && pendingBytes <= options.windowBytes() / 2);
        if (!full || !room || finish != null) {
            return;
        }
        if (share.isOverdrawn()) {
            waitingSenders.await(share, onRoom);
        } else if (throttle != null && throttle.isOverdrawn()) {
            throttle.waitUntilEven();
        } else {
            full = false;
            onDrain.run();
        }
    }

    private void finished() {
        if (finish == null || finish.future().isComplete()) {
            return;
        }
        waitingSenders.leave(share, onRoom);
        share.close();
        appender.close();
        if (failure == null) {
            finish.complete();
        } else {
            finish.fail(failure);
        }
    }
}
