package dev.tailrace.ingest.journal;

import dev.tailrace.ingest.Account;
import dev.tailrace.ingest.IngestServices;
import dev.tailrace.ingest.LineSink;
import dev.tailrace.ingest.Rejection;
import dev.tailrace.ingest.SinkSequence;
import dev.tailrace.ingest.body.BodyDecoder;
import dev.tailrace.ingest.body.BodyOutcome;
import dev.tailrace.ingest.body.BodyReader;
import dev.tailrace.ingest.body.BodyReceipt;
import dev.tailrace.ingest.body.BodyShape;
import dev.tailrace.ingest.body.LineError;
import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Line;
import dev.tailrace.model.StorableLine;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The journal entries of one device in a request body of any length, in the journal export format. Each entry is stored
 * once, because its journal is a producer that numbers it. A marker line is stored before the first entry of each boot.
 * While storage is unavailable the body is paused rather than refused, because the sender would give up at the first
 * refusal.
 */
final class JournalIngest implements BodyReader.Format<BodyReceipt>, LineSink.Listener, JournalSplitter.Entries {

    private static final byte[] NOTHING = {};
    private static final long NO_TIMER = -1;

    private static final Set<JournalField> SIGNS =
            EnumSet.of(JournalField.CURSOR, JournalField.REALTIME_TIMESTAMP, JournalField.MESSAGE);

    /** Only for what no journal sends: its program would send a refused body again and again, or end. */
    private static final BodyOutcome NO_JOURNAL = new BodyOutcome(
            BodyOutcome.Kind.REJECTED,
            "nothing in the body is an entry of the journal export format: lines such as MESSAGE=text and"
                    + " __REALTIME_TIMESTAMP=microseconds, and an empty line after each entry");

    /** Rejected entries that are named in the receipt; all are counted. */
    private static final int MAX_ERRORS = 20;

    private final BodyReader<BodyReceipt> body;
    private final DeviceId device;
    private final int lineBytes;
    private final SinkSequence sinks;
    private final JournalSplitter splitter;
    private final PartialLines parts;
    private final Vertx vertx;
    private final BootTracker boots;
    private final JournalEntry entry = new JournalEntry();
    private final List<LineError> errors = new ArrayList<>();
    private byte[] unread = NOTHING; // the rest of the last piece, while the sinks take no more
    private long entries;
    private boolean pending; // the entry is complete, and no sink has taken it yet
    private PartialLines.@Nullable Fate fate; // of the pending entry, once it is known
    private @Nullable String boot; // of the previous entry
    private boolean bootInBody; // and that entry was in this body
    private long newest; // time of the device's newest entry when this body began, epoch milliseconds
    private BootTracker.@Nullable Boot newestBoot; // to note when it is stored
    private boolean isJournal; // the body has a field that each entry of a journal has, or a message
    private boolean splitterEnded;
    private long timer = NO_TIMER; // that gives up lines whose rest does not come

    private JournalIngest(
            BodyReader<BodyReceipt> body, IngestServices ingest, Account account, DeviceId device, BootTracker boots) {
        this.body = body;
        this.device = device;
        this.lineBytes = ingest.options().lineBytes();
        this.boots = boots;
        this.sinks = new SinkSequence(ingest, account, device, LineSink.OnUnavailable.RETRY, this);
        this.splitter = new JournalSplitter(lineBytes, ingest.room(account), this);
        this.parts = new PartialLines(ingest.room(account));
        this.vertx = ingest.vertx();
        BootTracker.Boot last = boots.of(device);
        if (last != null) {
            boot = last.id();
            newest = last.at();
        }
        sinks.onDrain(body::proceed);
    }

    /**
     * Reads the request's body; call before it flows.
     *
     * @return the receipt, or null when the Content-Encoding is not known
     */
    static @Nullable Future<BodyReceipt> read(
            IngestServices ingest, RoutingContext call, DeviceId device, BootTracker boots) {
        BodyDecoder decoder = BodyDecoder.of(call.request().getHeader("Content-Encoding"), ingest.decoderRoom(call));
        if (decoder == null) {
            return null;
        }
        Account account = IngestServices.account(call);
        return BodyReader.read(
                ingest,
                call,
                decoder,
                BodyShape.endless(device),
                body -> new JournalIngest(body, ingest, account, device, boots));
    }

    /** First takes what was left of the last piece. */
    @Override
    public boolean isReady() {
        while (!body.isOver() && !sinks.isFull() && (!pending || handOver()) && storeJoined()) {
            if (unread.length == 0) {
                sinks.flush(); // lines that were given up
                return true;
            }
            byte[] rest = unread;
            unread = NOTHING;
            take(rest, rest.length);
        }
        sinks.flush();
        return false;
    }

    @Override
    public void take(byte[] bytes, int length) {
        int at = splitter.feed(bytes, 0, length);
        if (at < length) {
            unread = Arrays.copyOfRange(bytes, at, length);
        }
        sinks.flush();
    }

    @Override
    public void complete() {
        if (!splitterEnded) {
            splitterEnded = true;
            splitter.end();
            sinks.flush();
        }
        if (!pending) {
            parts.giveUpAll(); // the rest of their lines is in another upload, and this one is acknowledged
            if (storeJoined()) {
                body.end(isJournal || entries == 0 ? BodyOutcome.COMPLETE : NO_JOURNAL);
            }
            sinks.flush();
        }
    }

    // ---- entries

    @Override
    public void field(JournalField field, byte[] bytes, int from, int to) {
        isJournal |= SIGNS.contains(field);
        entry.set(field, bytes, from, to);
    }

    @Override
    public void tooLong(JournalField field) {
        isJournal |= SIGNS.contains(field);
        entry.tooLong(field);
    }

    /** The sender keeps its place until all is stored, so it sends the entry again. */
    @Override
    public void noRoom() {
        body.endWithoutRoom();
    }

    @Override
    public void unreadable() {
        entry.unreadable();
    }

    @Override
    public boolean end() {
        if (body.isOver()) {
            return false; // there was no room for part of this entry
        }
        entries++;
        return handOver();
    }

    /** Hands the complete entry to its sink; false when it must wait until the previous sink has stored all lines. */
    private boolean handOver() {
        pending = true;
        if (!(isLine() ? store() : reject())) {
            return false;
        }
        pending = false;
        fate = null;
        entry.clear();
        return true;
    }

    private boolean isLine() {
        return !entry.isUnreadable() && !entry.isTooLong() && entry.hasMessage();
    }

    private boolean reject() {
        LineSink sink = sinks.any();
        if (sink == null) {
            return false;
        }
        if (entry.isUnreadable()) {
            sink.reject(Rejection.INVALID, "not in the journal export format", Batch.NO_SEQ);
        } else if (entry.isTooLong()) {
            String reason = "MESSAGE is longer than " + lineBytes + " bytes";
            sink.reject(Rejection.TOO_LONG, reason, Batch.NO_SEQ);
        } else {
            sink.reject(Rejection.INVALID, "MESSAGE is missing", Batch.NO_SEQ);
        }
        return true;
    }

    private boolean store() {
        if (!markBoot(entry.timestamp())) {
            return false;
        }
        if (fate == null) {
            fate = parts.take(entry, System.nanoTime());
        }
        return switch (fate) {
            case WHOLE -> store(entry.line(), entry.journal(), entry.number());
            case HELD -> {
                expireLater(PartialLines.WAIT_NANOS);
                yield storeJoined();
            }
            case COMPLETED -> storeJoined();
            case NO_ROOM -> {
                body.endWithoutRoom();
                yield false;
            }
        };
    }

    private boolean store(StorableLine line, @Nullable String journal, long number) {
        boolean numbered = journal != null && number != Batch.NO_SEQ;
        LineSink sink = sinks.of(numbered ? journal : null);
        if (sink == null) {
            return false;
        }
        sink.accept(line, numbered ? number : Batch.NO_SEQ);
        return true;
    }

    // ---- lines of several entries

    /** Stores the lines that are complete or given up; false when one must wait, as in {@link #handOver}. */
    private boolean storeJoined() {
        for (PartialLine line = parts.next(); line != null; line = parts.next()) {
            if (!store(line)) {
                return false;
            }
            parts.stored();
        }
        return true;
    }

    /**
     * A complete line has the number of its last part, which no entry after it was stored before. A line that was given
     * up may have a lower number than lines that are stored already, so it has a producer of its own.
     */
    private boolean store(PartialLine line) {
        String journal = line.journal();
        if (line.isComplete() || journal == null || line.number() == Batch.NO_SEQ) {
            return store(line.line(), journal, line.number());
        }
        LineSink sink = sinks.of("part-" + journal + "-" + Long.toHexString(line.number()));
        if (sink == null) {
            return false;
        }
        sink.accept(line.line(), 1);
        return true;
    }

    private void expireLater(long nanos) {
        if (timer == NO_TIMER) {
            timer = vertx.setTimer(Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos)), fired -> {
                timer = NO_TIMER;
                long left = parts.expire(System.nanoTime());
                if (left > 0) {
                    expireLater(left);
                }
                body.proceed();
            });
        }
    }

    /**
     * Stores a marker line for a new boot. It is numbered by a producer of its own, so that it is stored once, however
     * often it is sent.
     */
    private boolean markBoot(@Nullable Long timestamp) {
        String id = entry.boot();
        if (id == null) {
            return true;
        }
        long time = timestamp == null ? 0 : timestamp;
        // A body whose first entry is not newer than the device's newest one sends entries again. Then the boot before
        // its first entry is not known.
        boolean followsKnown = bootInBody || time > newest;
        if (boot != null && !boot.equals(id)) {
            parts.giveUpAll();
            if (!storeJoined()) {
                return false;
            }
        }
        if (boot != null && !boot.equals(id) && followsKnown) {
            LineSink sink = sinks.of("boot-" + id);
            if (sink == null) {
                return false;
            }
            sink.accept(new Line("-- Boot " + id + " --", timestamp, null, false, true, null), 1);
        }
        boot = id;
        bootInBody = true;
        if (time >= newest) {
            newestBoot = new BootTracker.Boot(id, time);
        }
        return true;
    }

    // ---- the end

    @Override
    public void release() {
        splitter.close();
        unread = NOTHING;
        // Parts that are held are not acknowledged: their sender sends them again.
        parts.close();
        if (timer != NO_TIMER) {
            vertx.cancelTimer(timer);
            timer = NO_TIMER;
        }
    }

    @Override
    public Future<Void> finish() {
        return sinks.finish().onSuccess(stored -> {
            if (newestBoot != null) {
                boots.note(device, newestBoot);
            }
        });
    }

    @Override
    public BodyReceipt receipt(BodyOutcome outcome) {
        return new BodyReceipt(
                outcome, sinks.received(), sinks.stored(), sinks.deduplicated(), sinks.rejected(), List.copyOf(errors));
    }

    // ---- reports of the sinks

    @Override
    public void rejected(long line, String reason) {
        if (errors.size() < MAX_ERRORS) {
            errors.add(new LineError(entries, reason));
        }
    }

    @Override
    public void failed(Throwable cause) {
        body.end(BodyOutcome.unavailable(cause));
    }

    @Override
    public void refused() {
        body.end(BodyOutcome.refused());
    }
}
