package dev.tailrace.ingest;

import dev.tailrace.broker.Broker;
import dev.tailrace.metrics.Meters;
import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.model.Storable;
import dev.tailrace.ring.Ring.Appended;
import dev.tailrace.ring.RingUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns one sender's lines into appends: one in flight, and what arrives meanwhile forms the next. When {@link #isFull}
 * the sender is not read until {@code onDrain}. Every way in ends here. Touched on the sender's event loop only.
 */
final class LineSink {

    private static final Logger log = LoggerFactory.getLogger(LineSink.class);

    /** One append; more lines make another. */
    static final int BATCH_LINES = 1000;

    static final int BATCH_BYTES = 256 * 1024;

    private static final int FIRST_RETRY_MILLIS = 50;
    private static final int LAST_RETRY_MILLIS = 1000;

    /** For how long lines of a sender that is gone are offered to a storage that is away. */
    private static final long ABANDON_NANOS = TimeUnit.SECONDS.toNanos(60);

    private static final long[] NO_SEQS = {};
    private static final long NOT_ASKED = 0;
    private static final int FIRST_BYTES = 512;
    private static final int MOST_EXPECTED_BYTES = 32 * 1024;

    /** What the sender wants to know. */
    interface Sender {
        /** All its lines up to this number are stored, were stored before, or were rejected. */
        default void handled(long seq) {}

        /** A line that was rejected, counted from 1. */
        void rejected(long line, String reason);

        /** Storage would not have a batch, and the sink gave it up. */
        default void failed(Throwable cause) {}
    }

    /** Whether a batch that storage did not take is offered again. */
    enum Patience {
        /** Until it is stored; the sender is paused meanwhile. */
        RETRY,
        /** Not at all; the sender is told. */
        FAIL
    }

    private final Vertx vertx;
    private final Broker broker;
    private final DeviceId device;
    private final Meters meters;
    private final PendingBudget budget;
    private final IngestOptions options;
    private final Turn turn;
    private final Rates rates;
    private final Patience patience;
    private final @Nullable String producer;
    private final @Nullable String writer;
    private final Sender sender;

    private final Deque<Building> waiting = new ArrayDeque<>(4);
    private @Nullable Building inFlight;
    private Runnable onDrain = () -> {};
    private boolean full;
    private boolean flushing;
    private boolean awaitsTurnEnd;
    private int pendingLines;
    private long pendingBytes;
    private int uncountedLines; // since the last piece
    private int uncountedBytes;
    private long receivedAt = NOT_ASKED;
    private int expectedBytes = FIRST_BYTES; // of the next append
    private long highestSeq = LineParser.NO_SEQ;
    private long handledSeq = LineParser.NO_SEQ;
    private long writerSeq;
    private long received;
    private long stored;
    private long deduplicated;
    private long rejected;
    private final @Nullable Membership membership;
    private int untakenLines; // by the rates
    private int untakenBytes;
    private boolean overdrawn; // by the rates, until
    private long evenAt;
    private boolean waitsToBeEven;
    private @Nullable Promise<Void> finish;
    private long abandonAt = Long.MAX_VALUE;
    private @Nullable Throwable failure;

    /** Lines on their way, and the number to acknowledge when they are stored. */
    private static final class Building {
        final Entries.Builder entries;
        long[] seqs = NO_SEQS;
        long upTo = LineParser.NO_SEQ;
        private @Nullable Promise<Void> settled;

        Building(int expectedBytes) {
            this.entries = new Entries.Builder(expectedBytes);
        }

        Future<Void> settled() {
            if (settled == null) {
                settled = Promise.promise();
            }
            return settled.future();
        }

        void settle() {
            if (settled != null) {
                settled.complete();
            }
        }

        void seq(long seq) {
            int index = entries.size();
            if (index == seqs.length) {
                seqs = Arrays.copyOf(seqs, Math.max(16, index * 2));
            }
            seqs[index] = seq;
        }
    }

    LineSink(Ingest ingest, DeviceId device, Patience patience, @Nullable String producer, Sender sender) {
        this.vertx = ingest.vertx();
        this.broker = ingest.broker();
        this.meters = ingest.meters();
        this.budget = ingest.budget();
        this.options = ingest.options();
        this.turn = ingest.turn();
        this.device = device;
        this.patience = patience;
        this.producer = producer;
        this.writer = patience == Patience.RETRY && producer == null ? newWriter() : null;
        this.sender = sender;
        this.rates = ingest.rates();
        this.membership = rates.asksForFleets() ? new Membership(ingest.fleets(), device, this::slowDown) : null;
        budget.join();
        slowDown(); // for what others of the device, or those before, sent
    }

    private static String newWriter() {
        return Long.toString(ThreadLocalRandom.current().nextLong(Long.MAX_VALUE), 36);
    }

    // ---- what the sender hands over

    /** Takes a line for the next append; {@link #flush} starts it. */
    void accept(Storable line, long seq) {
        received++;
        uncountedLines++;
        if (producer != null && seq == LineParser.NO_SEQ) {
            refuse(Meters.Rejection.INVALID, "seq is missing: a producer numbers each of its lines");
            return;
        }
        if (producer != null && seq <= highestSeq) {
            deduplicated++; // sent twice on this very connection
            meters.deduplicated(1);
            return;
        }
        if (failure != null) {
            refuse(Meters.Rejection.UNAVAILABLE, "storage is away");
            return;
        }
        Building building = building();
        if (producer != null) {
            highestSeq = seq;
            building.seq(seq);
            building.upTo = seq;
        }
        if (receivedAt == NOT_ASKED) {
            receivedAt = System.currentTimeMillis();
        }
        int before = building.entries.byteSize();
        line.writeTo(building.entries, receivedAt);
        int bytes = building.entries.byteSize() - before;
        pendingLines++;
        pendingBytes += bytes;
        uncountedBytes += bytes;
    }

    /** Counts and tells a line that cannot be read; the lines around it are stored. */
    void reject(Meters.Rejection reason, String text, long seq) {
        received++;
        uncountedLines++;
        if (producer != null && seq > highestSeq) {
            highestSeq = seq;
            building().upTo = seq;
        }
        refuse(reason, text);
    }

    private void refuse(Meters.Rejection reason, String text) {
        rejected++;
        meters.rejected(reason, 1);
        sender.rejected(received, text);
    }

    private Building building() {
        Building last = waiting.peekLast();
        if (last == null || last.entries.size() == BATCH_LINES || last.entries.byteSize() >= BATCH_BYTES) {
            last = new Building(expectedBytes);
            waiting.addLast(last);
        }
        return last;
    }

    /** Ends a piece that arrived; an append of what was taken starts with the end of the loop's turn. */
    void flushLater() {
        count();
        if (!awaitsTurnEnd) {
            awaitsTurnEnd = true;
            turn.flushAtEnd(this);
        }
    }

    void onTurnEnd() {
        awaitsTurnEnd = false;
        flush();
    }

    /** Ends a piece that arrived; an append of what was taken starts now, unless one is in flight. */
    void flush() {
        count();
        if (flushing) {
            return; // storage answered within the call, and the loop that made it goes on
        }
        flushing = true;
        while (inFlight == null && failure == null && !waiting.isEmpty()) {
            start(waiting.removeFirst());
        }
        flushing = false;
        if (inFlight == null) {
            finished();
        }
    }

    // Once per piece rather than per line: these counts are shared by all event loops.
    private void count() {
        if (uncountedLines > 0) {
            meters.received(uncountedLines);
            budget.add(uncountedBytes);
            untakenLines += uncountedLines;
            untakenBytes += uncountedBytes;
            if (rates.isWorthTaking(untakenLines, untakenBytes)) {
                slowDown();
            }
            uncountedLines = 0;
            uncountedBytes = 0;
            receivedAt = NOT_ASKED;
        }
    }

    private void slowDown() {
        if (rates.areLimited()) {
            long debt = rates.takeOfDevice(device, untakenLines, untakenBytes);
            if (membership != null) {
                debt = Math.max(debt, membership.take(rates, untakenLines, untakenBytes));
            }
            untakenLines = 0;
            untakenBytes = 0;
            if (debt > 0) {
                evenAt = System.nanoTime() + debt;
                overdrawn = true;
            }
        }
    }

    private boolean isOverdrawn() {
        overdrawn = overdrawn && evenAt - System.nanoTime() > 0;
        return overdrawn;
    }

    private void start(Building next) {
        if (next.entries.size() == 0) {
            handled(next.upTo); // only rejected lines
            next.settle();
            return;
        }
        inFlight = next;
        // A sender's appends resemble each other, and the room for one is then neither copied nor wasted.
        expectedBytes = Math.min(MOST_EXPECTED_BYTES, next.entries.byteSize() + next.entries.byteSize() / 8);
        Entries entries = next.entries.build();
        long[] seqs = producer == null ? next.seqs : Arrays.copyOf(next.seqs, entries.size());
        append(next, new Batch(writer, ++writerSeq, producer, seqs, entries), FIRST_RETRY_MILLIS);
    }

    /** Whether the sender is to be paused; {@code onDrain} runs when that is over. */
    boolean isFull() {
        if (!full) {
            full = pendingLines >= options.windowLines()
                    || pendingBytes >= options.windowBytes()
                    || budget.isOverdrawnBy(pendingBytes)
                    || isOverdrawn();
        }
        if (full) {
            waitToBeEven();
        }
        return full;
    }

    private void waitToBeEven() {
        if (isOverdrawn() && !waitsToBeEven) {
            waitsToBeEven = true;
            long millis = TimeUnit.NANOSECONDS.toMillis(evenAt - System.nanoTime()) + 1;
            vertx.setTimer(millis, id -> {
                waitsToBeEven = false;
                drain();
            });
        }
    }

    void onDrain(Runnable handler) {
        onDrain = handler;
    }

    /** No more lines come; completes when those taken are stored, or fails when they are given up. */
    Future<Void> finish() {
        if (finish == null) {
            finish = Promise.promise();
            abandonAt = System.nanoTime() + ABANDON_NANOS;
            flush();
            slowDown(); // whoever comes next for the device
        }
        return finish.future();
    }

    /** Completes when all that was taken until now is stored or given up. */
    Future<Void> settled() {
        Building last = waiting.isEmpty() ? inFlight : waiting.getLast();
        return last == null ? Future.succeededFuture() : last.settled();
    }

    /** Lines taken or rejected so far. */
    long received() {
        return received;
    }

    long stored() {
        return stored;
    }

    long deduplicated() {
        return deduplicated;
    }

    long rejected() {
        return rejected;
    }

    // ---- towards storage

    private void append(Building building, Batch batch, int retryMillis) {
        broker.publish(device, batch).onComplete(answer -> {
            if (answer.succeeded()) {
                onStored(building, answer.result());
            } else if (isWorthRetrying(answer.cause())) {
                long delay = retryMillis / 2 + ThreadLocalRandom.current().nextInt(retryMillis);
                vertx.setTimer(delay, id -> append(building, batch, Math.min(LAST_RETRY_MILLIS, retryMillis * 2)));
            } else {
                onFailed(building, batch, answer.cause());
            }
        });
    }

    private boolean isWorthRetrying(Throwable cause) {
        return cause instanceof RingUnavailableException
                && patience == Patience.RETRY
                && System.nanoTime() - abandonAt < 0;
    }

    private void onStored(Building building, Appended appended) {
        stored += appended.stored();
        deduplicated += appended.deduplicated();
        leave(building);
        handled(building.upTo);
        flush();
        drain();
    }

    private void onFailed(Building building, Batch batch, Throwable cause) {
        boolean unavailable = cause instanceof RingUnavailableException;
        if (!unavailable) {
            log.error("Storage refused {} lines of device {}", batch.entries().size(), device, cause);
        }
        giveUp(building, unavailable);
        // A producer's later lines are not stored before it sent the refused ones again, or those would be taken for
        // repetitions then.
        if (patience == Patience.FAIL || unavailable || producer != null) {
            failure = cause;
            for (Building next = waiting.pollFirst(); next != null; next = waiting.pollFirst()) {
                giveUp(next, unavailable);
            }
        }
        sender.failed(cause);
        flush();
        drain();
    }

    private void giveUp(Building building, boolean unavailable) {
        int lines = building.entries.size();
        rejected += lines;
        meters.rejected(unavailable ? Meters.Rejection.UNAVAILABLE : Meters.Rejection.FAILED, lines);
        leave(building);
    }

    private void leave(Building building) {
        pendingLines -= building.entries.size();
        pendingBytes -= building.entries.byteSize();
        budget.remove(building.entries.byteSize());
        if (inFlight == building) {
            inFlight = null;
        }
        building.settle();
    }

    private void handled(long upTo) {
        if (upTo > handledSeq) {
            handledSeq = upTo;
            sender.handled(upTo);
        }
    }

    private void drain() {
        boolean room = pendingLines == 0
                || (pendingLines <= options.windowLines() / 2
                        && pendingBytes <= options.windowBytes() / 2
                        && !budget.isOverdrawnBy(pendingBytes));
        if (!full || !room) {
            return;
        }
        if (isOverdrawn()) {
            waitToBeEven();
        } else {
            full = false;
            onDrain.run();
        }
    }

    private void finished() {
        if (finish == null || finish.future().isComplete()) {
            return;
        }
        budget.leave();
        if (failure == null) {
            finish.complete();
        } else {
            finish.fail(failure);
        }
    }
}
