package dev.tailrace.ingest;

import dev.tailrace.broker.Broker;
import dev.tailrace.metrics.Meters;
import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.model.StorableLine;
import dev.tailrace.storage.RingStore.Appended;
import dev.tailrace.storage.RingUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns one sender's lines into appends: one in flight, and what arrives meanwhile forms the next. When {@link #isFull}
 * the sender is not read until {@code onDrain}. Every way in ends here. Touched on the sender's event loop only.
 */
public final class LineSink {

    private static final Logger log = LoggerFactory.getLogger(LineSink.class);

    /** One append; more lines make another. */
    static final int BATCH_LINES = 1000;

    static final int BATCH_BYTES = 256 * 1024;

    private static final int FIRST_RETRY_MILLIS = 50;
    private static final int LAST_RETRY_MILLIS = 1000;

    /** For how long lines of a sender that is gone are offered to a storage that is unavailable. */
    private static final long ABANDON_NANOS = TimeUnit.SECONDS.toNanos(60);

    private static final long[] NO_SEQS = {};
    private static final long NOT_ASKED = 0;
    private static final int FIRST_BYTES = 512;
    private static final int MOST_EXPECTED_BYTES = 32 * 1024;

    /** What the sender wants to know. */
    public interface Listener {
        /** All its lines up to this number are stored, were stored before, or were rejected. */
        default void handled(long seq) {}

        /** A line that was rejected, counted from 1. */
        void rejected(long line, String reason);

        /** Storage would not have a batch, and the sink gave it up. */
        default void failed(Throwable cause) {}

        /** The device is a new one and there are too many; none of its lines is stored. */
        default void refused() {}
    }

    /** Whether a batch that storage did not take is offered again. */
    public enum OnUnavailable {
        /** Until it is stored; the sender is paused meanwhile. */
        RETRY,
        /** For {@link IngestOptions#retry}, in which storage may come back; then the sender is told. */
        BRIEF
    }

    private final Vertx vertx;
    private final Broker broker;
    private final DeviceId device;
    private final Meters meters;
    private final PendingShare share;
    private final IngestOptions options;
    private final EndOfTick turn;
    private final Rates rates;
    private final OnUnavailable onUnavailable;
    private final @Nullable String producer;
    private final @Nullable Writer writer;
    private final Writers writers;
    private final DeviceLimit deviceLimit;
    private final WaitingSenders waitingSenders;
    private final Runnable onRoom = this::drain;
    private final Listener sender;

    private final Deque<PendingBatch> waiting = new ArrayDeque<>(4);
    private @Nullable PendingBatch inFlight;
    private Runnable onDrain = () -> {};
    private boolean full;
    private boolean flushing;
    private boolean awaitsTurnEnd;
    private int pendingLines;
    private long pendingBytes;
    private int uncountedLines; // since the last piece
    private int uncountedBytes;
    private int uncountedRoom; // which those bytes take
    private long receivedAt = NOT_ASKED;
    private int expectedBytes = FIRST_BYTES; // of the next append
    private long highestSeq = Batch.NO_SEQ;
    private long handledSeq = Batch.NO_SEQ;
    private long received;
    private long stored;
    private long deduplicated;
    private long rejected;
    private final @Nullable FleetQuota membership;
    private int untakenLines; // by the rates
    private int untakenBytes;
    private boolean overdrawn; // by the rates, until
    private long evenAt;
    private boolean waitsToBeEven;
    private @Nullable Promise<Void> finish;
    private long abandonAt = Long.MAX_VALUE;
    private @Nullable Throwable failure;
    private boolean admitted; // the device is none too many

    /** Lines on their way, and the number to acknowledge when they are stored. */
    private static final class PendingBatch {
        private Entries.@Nullable Builder building;
        private int lines; // once built
        private int bytes;
        int room; // in the budget
        long[] seqs = NO_SEQS;
        long upTo = Batch.NO_SEQ;
        private @Nullable Promise<Void> settled;

        PendingBatch(int expectedBytes) {
            this.building = new Entries.Builder(expectedBytes);
        }

        Entries.Builder entries() {
            return Objects.requireNonNull(building, "built already");
        }

        /** Ends it; the room for more is not kept beside what comes of it. */
        Entries build() {
            Entries entries = entries().build();
            lines = entries.size();
            bytes = entries.byteSize();
            building = null;
            return entries;
        }

        int lines() {
            return building == null ? lines : building.size();
        }

        int bytes() {
            return building == null ? bytes : building.byteSize();
        }

        public Future<Void> settled() {
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
            int index = lines();
            if (index == seqs.length) {
                seqs = Arrays.copyOf(seqs, Math.max(16, index * 2));
            }
            seqs[index] = seq;
        }
    }

    /** @param account whose share is taken by what waits for storage */
    public LineSink(
            IngestServices ingest,
            Account account,
            DeviceId device,
            OnUnavailable onUnavailable,
            @Nullable String producer,
            Listener sender) {
        this.vertx = ingest.vertx();
        this.broker = ingest.broker();
        this.meters = ingest.meters();
        this.share = ingest.budget().open(account);
        this.options = ingest.options();
        this.turn = ingest.turn();
        this.device = device;
        this.onUnavailable = onUnavailable;
        this.producer = producer;
        this.writers = ingest.writers();
        this.writer = producer == null ? writers.take() : null;
        this.deviceLimit = ingest.deviceLimit();
        this.waitingSenders = ingest.waitingSenders();
        this.sender = sender;
        this.rates = ingest.rates();
        this.membership = rates.asksForFleets() ? new FleetQuota(ingest.fleets(), device, this::slowDown) : null;
        slowDown(); // for what others of the device, or those before, sent
    }

    // ---- what the sender hands over

    /** Takes a line for the next append; {@link #flush} starts it. */
    public void accept(StorableLine line, long seq) {
        received++;
        uncountedLines++;
        if (producer != null && seq == Batch.NO_SEQ) {
            refuse(Meters.Rejection.INVALID, "seq is missing: a producer numbers each of its lines");
            return;
        }
        if (producer != null && seq <= highestSeq) {
            deduplicated++; // sent twice on this very connection
            meters.deduplicated(1);
            return;
        }
        if (failure != null) {
            refuse(Meters.Rejection.UNAVAILABLE, "storage is unavailable");
            return;
        }
        PendingBatch building = building();
        if (producer != null) {
            highestSeq = seq;
            building.seq(seq);
            building.upTo = seq;
        }
        if (receivedAt == NOT_ASKED) {
            receivedAt = System.currentTimeMillis();
        }
        Entries.Builder entries = building.entries();
        int before = entries.byteSize();
        line.writeTo(entries, receivedAt);
        int bytes = entries.byteSize() - before;
        int room = entries.room() + building.seqs.length * Long.BYTES;
        pendingLines++;
        pendingBytes += bytes;
        uncountedBytes += bytes;
        uncountedRoom += room - building.room;
        building.room = room;
    }

    /** Counts and tells a line that cannot be read; the lines around it are stored. */
    public void reject(Meters.Rejection reason, String text, long seq) {
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

    private PendingBatch building() {
        PendingBatch last = waiting.peekLast();
        if (last == null || last.lines() == BATCH_LINES || last.bytes() >= BATCH_BYTES) {
            last = new PendingBatch(expectedBytes);
            waiting.addLast(last);
        }
        return last;
    }

    /** Ends a piece that arrived; an append of what was taken starts with the end of the loop's turn. */
    public void flushLater() {
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
    public void flush() {
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
            share.add(uncountedRoom);
            untakenLines += uncountedLines;
            untakenBytes += uncountedBytes;
            if (rates.isWorthTaking(untakenLines, untakenBytes)) {
                slowDown();
            }
            uncountedLines = 0;
            uncountedBytes = 0;
            uncountedRoom = 0;
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

    private void start(PendingBatch next) {
        if (next.lines() == 0) {
            handled(next.upTo); // only rejected lines
            next.settle();
            return;
        }
        inFlight = next;
        // A sender's appends resemble each other, and the room for one is then neither copied nor wasted.
        expectedBytes = Math.min(MOST_EXPECTED_BYTES, next.bytes() + next.bytes() / 8);
        Entries entries = next.build();
        next.seqs = producer == null ? NO_SEQS : Arrays.copyOf(next.seqs, entries.size());
        int room = entries.room() + next.seqs.length * Long.BYTES;
        share.add(room - next.room);
        next.room = room;
        Batch batch = writer == null
                ? new Batch(null, 0, producer, next.seqs, entries)
                : new Batch(writer.name(), writer.nextSeq(), null, next.seqs, entries);
        append(next, batch, FIRST_RETRY_MILLIS, System.nanoTime());
    }

    /** Whether the sender is to be paused; {@code onDrain} runs when that is over. */
    public boolean isFull() {
        // Each is asked once: if another loop made room between two looks, nobody would wake this sink.
        boolean hasNoRoom = share.isOverdrawn();
        boolean isAhead = isOverdrawn();
        if (hasNoRoom || isAhead || pendingLines >= options.windowLines() || pendingBytes >= options.windowBytes()) {
            full = true;
        }
        if (isAhead) {
            waitToBeEven();
        }
        if (hasNoRoom) {
            waitingSenders.await(share, onRoom);
        }
        return full;
    }

    private void waitToBeEven() {
        if (!waitsToBeEven) {
            waitsToBeEven = true;
            long millis = TimeUnit.NANOSECONDS.toMillis(evenAt - System.nanoTime()) + 1;
            vertx.setTimer(Math.max(1, millis), id -> {
                waitsToBeEven = false;
                drain();
            });
        }
    }

    public void onDrain(Runnable handler) {
        onDrain = handler;
    }

    /** No more lines come; completes when those taken are stored, or fails when they are given up. */
    public Future<Void> finish() {
        if (finish == null) {
            finish = Promise.promise();
            abandonAt = System.nanoTime() + ABANDON_NANOS;
            flush();
            slowDown(); // whoever comes next for the device
        }
        return finish.future();
    }

    /** Completes when all that was taken until now is stored or given up. */
    public Future<Void> settled() {
        PendingBatch last = waiting.isEmpty() ? inFlight : waiting.getLast();
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

    // ---- towards storage

    private void append(PendingBatch building, Batch batch, int retryMillis, long since) {
        publish(batch).onComplete(answer -> {
            if (answer.succeeded()) {
                onStored(building, answer.result());
            } else if (DeviceLimit.isRefusal(answer.cause())) {
                onRefused(building);
            } else if (isWorthRetrying(answer.cause(), since)) {
                long delay = retryMillis / 2 + ThreadLocalRandom.current().nextInt(retryMillis);
                vertx.setTimer(
                        delay, id -> append(building, batch, Math.min(LAST_RETRY_MILLIS, retryMillis * 2), since));
            } else {
                onFailed(building, batch, answer.cause());
            }
        });
    }

    private Future<Appended> publish(Batch batch) {
        return admitted || deviceLimit.isKnown(device)
                ? broker.publish(device, batch)
                : deviceLimit.admit(broker, device).compose(may -> broker.publish(device, batch));
    }

    private boolean isWorthRetrying(Throwable cause, long since) {
        long now = System.nanoTime();
        return cause instanceof RingUnavailableException
                && now - abandonAt < 0
                && (onUnavailable == OnUnavailable.RETRY
                        || now - since < options.retry().toNanos());
    }

    private void onRefused(PendingBatch building) {
        waiting.addFirst(building); // those after it are of the same device
        for (PendingBatch next = waiting.pollFirst(); next != null; next = waiting.pollFirst()) {
            int lines = next.lines();
            rejected += lines;
            meters.rejected(Meters.Rejection.DEVICES, lines);
            leave(next);
        }
        sender.refused();
        flush();
        drain();
    }

    private void onStored(PendingBatch building, Appended appended) {
        admitted = true;
        stored += appended.stored();
        deduplicated += appended.deduplicated();
        leave(building);
        handled(building.upTo);
        flush();
        drain();
    }

    private void onFailed(PendingBatch building, Batch batch, Throwable cause) {
        boolean unavailable = cause instanceof RingUnavailableException;
        if (!unavailable) {
            log.error("Storage rejected {} lines of device {}", batch.entries().size(), device, cause);
        }
        giveUp(building, unavailable);
        // A producer's later lines are not stored before it sent the refused ones again, or those would be taken for
        // repetitions then.
        if (onUnavailable == OnUnavailable.BRIEF || unavailable || producer != null) {
            failure = cause;
            for (PendingBatch next = waiting.pollFirst(); next != null; next = waiting.pollFirst()) {
                giveUp(next, unavailable);
            }
        }
        sender.failed(cause);
        flush();
        drain();
    }

    private void giveUp(PendingBatch building, boolean unavailable) {
        int lines = building.lines();
        rejected += lines;
        meters.rejected(unavailable ? Meters.Rejection.UNAVAILABLE : Meters.Rejection.FAILED, lines);
        leave(building);
    }

    private void leave(PendingBatch building) {
        pendingLines -= building.lines();
        pendingBytes -= building.bytes();
        share.remove(building.room);
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
                || (pendingLines <= options.windowLines() / 2 && pendingBytes <= options.windowBytes() / 2);
        if (!full || !room || finish != null) {
            return;
        }
        if (share.isOverdrawn()) {
            waitingSenders.await(share, onRoom);
        } else if (isOverdrawn()) {
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
        waitingSenders.leave(share, onRoom);
        share.close();
        if (writer != null) {
            writers.giveBack(writer);
        }
        if (failure == null) {
            finish.complete();
        } else {
            finish.fail(failure);
        }
    }
}
