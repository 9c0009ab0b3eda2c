package dev.tailrace.ingest.journal;

import dev.tailrace.auth.Caller;
import dev.tailrace.auth.Lease;
import dev.tailrace.auth.Permission;
import dev.tailrace.ingest.Account;
import dev.tailrace.ingest.DeviceLimit;
import dev.tailrace.ingest.IngestServices;
import dev.tailrace.ingest.Intake;
import dev.tailrace.ingest.LineSink;
import dev.tailrace.ingest.SinkSequence;
import dev.tailrace.ingest.body.BodyDecoder;
import dev.tailrace.ingest.body.BodyOutcome;
import dev.tailrace.ingest.body.BodyReceipt;
import dev.tailrace.ingest.body.BodyResponses;
import dev.tailrace.ingest.body.LineError;
import dev.tailrace.metrics.Meters.Limit;
import dev.tailrace.metrics.Meters.Rejection;
import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Line;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request body in the journal export format, of any length. Each entry is stored once, for its journal is a producer that numbers
 * it; a marker goes before the first entry of a boot, once for each boot. Read only as fast as storage takes it, and storage
 * that is away is waited for, because the sender would give up at the first refusal.
 */
final class JournalIngest implements IngestServices.Connected, LineSink.Listener, JournalSplitter.Entries {

    private static final byte[] NOTHING = {};

    private static final int MAX_ERRORS = 20;
    /** Decoded without giving other connections of the loop a turn. */
    private static final int TURN_BYTES = 256 * 1024;

    private final IngestServices ingest;
    private final DeviceId device;
    private final HttpServerRequest request;
    private final BodyDecoder decoder;
    private final SinkSequence sinks;
    private final JournalSplitter splitter;
    private final BootTracker boots;
    private final JournalEntry entry = new JournalEntry();
    private final Intake intake;
    private final List<LineError> errors = new ArrayList<>();
    private final Promise<BodyReceipt> receipt = Promise.promise();
    private byte[] unread = NOTHING; // of what is decoded, while the sinks take no more
    private long entries;
    private boolean pending; // the entry is complete and not handed over
    private Lease lease = Lease.ENDLESS;
    private @Nullable String boot; // of the entry before
    private boolean bootInBody; // it was in this body too
    private long newest; // entry of the device when this body began, epoch milliseconds
    private BootTracker.@Nullable Boot newestBoot; // to note once it is stored
    private boolean ended;
    private boolean splitterEnded;
    private boolean pumping;
    private boolean pumpAgain;
    private @Nullable BodyOutcome outcome;

    private JournalIngest(
            IngestServices ingest,
            Account account,
            DeviceId device,
            BootTracker boots,
            BodyDecoder decoder,
            HttpServerRequest request) {
        this.ingest = ingest;
        this.device = device;
        this.boots = boots;
        this.decoder = decoder;
        this.request = request;
        this.sinks = new SinkSequence(ingest, account, device, LineSink.OnUnavailable.RETRY, this);
        this.splitter = new JournalSplitter(ingest.options().lineBytes(), ingest.room(account), this);
        this.intake = Intake.of(request.connection());
    }

    /**
     * Reads the request's body; call before it flows.
     *
     * @return what became of it, or null when the Content-Encoding is not known
     */
    static @Nullable Future<BodyReceipt> read(
            IngestServices ingest, RoutingContext call, DeviceId device, BootTracker boots) {
        HttpServerRequest request = call.request();
        BodyDecoder decoder = BodyDecoder.of(request.getHeader("Content-Encoding"), ingest.decoderRoom(call));
        if (decoder == null) {
            return null;
        }
        var body = new JournalIngest(ingest, IngestServices.account(call), device, boots, decoder, request);
        ingest.joined(body);
        ingest.connected(device);
        body.lease = Caller.of(call).lease(Permission.LOGS_WRITE, List.of(device), body::expire);
        body.listen();
        return body.receipt.future().onComplete(done -> body.onDone());
    }

    private void listen() {
        BootTracker.Boot last = boots.of(device);
        if (last != null) {
            boot = last.id();
            newest = last.at();
        }
        sinks.onDrain(this::pump);
        request.exceptionHandler(cause -> end(new BodyOutcome(BodyOutcome.Kind.ABORTED, "the connection was lost")));
        request.handler(this::onChunk);
        request.endHandler(nothing -> {
            ended = true;
            pump();
        });
        if (ingest.isDraining()) {
            leave();
        }
        request.resume();
    }

    private void onChunk(Buffer chunk) {
        if (outcome != null) {
            return;
        }
        decoder.input(chunk.getBytes());
        request.pause();
        pump();
    }

    /** Reads as far as the sinks take it, then lets the next piece come. */
    private void pump() {
        if (pumping) {
            pumpAgain = true; // called from within, by a piece or a drain
            return;
        }
        pumping = true;
        do {
            pumpAgain = false;
            read();
        } while (pumpAgain);
        pumping = false;
    }

    private void read() {
        int turn = 0;
        while (outcome == null && !sinks.isFull() && (!pending || handOver())) {
            if (unread.length > 0) {
                byte[] rest = unread;
                unread = NOTHING;
                feed(rest, rest.length);
                continue;
            }
            if (turn >= TURN_BYTES) {
                ingest.slices().next(this::pump);
                return;
            }
            byte[] decoded = ingest.piece();
            int count = decode(decoded);
            turn += count;
            if (count == 0 && !wantMore()) {
                return;
            }
            feed(decoded, count);
        }
        sinks.flush();
        if (outcome == null) {
            intake.stop();
        }
    }

    private void feed(byte[] bytes, int to) {
        int at = splitter.feed(bytes, 0, to);
        if (at < to) {
            unread = Arrays.copyOfRange(bytes, at, to);
        }
        sinks.flush();
    }

    private int decode(byte[] decoded) {
        try {
            return decoder.read(decoded);
        } catch (IOException invalid) {
            end(BodyOutcome.undecodable(ingest, invalid));
            return 0;
        }
    }

    /** Nothing is left to read; false when that is all for now, or for ever. */
    private boolean wantMore() {
        if (outcome != null) {
            return false;
        }
        if (!ended) {
            intake.go();
            request.resume();
            return false;
        }
        if (!decoder.isComplete()) {
            end(new BodyOutcome(BodyOutcome.Kind.BROKEN, "the compressed body is truncated"));
            return false;
        }
        if (!splitterEnded) {
            splitterEnded = true;
            if (!splitter.end()) {
                return true; // once more, when the last entry has gone
            }
        }
        end(BodyOutcome.COMPLETE);
        return false;
    }

    // ---- entries

    @Override
    public void field(JournalField field, byte[] bytes, int from, int to) {
        entry.set(field, bytes, from, to);
    }

    @Override
    public void tooLong(JournalField field) {
        entry.tooLong(field);
    }

    /** Its sender keeps its place until all is stored, so it sends the entry again. */
    @Override
    public void noRoom() {
        ingest.meters().refused(Limit.PENDING_BYTES);
        end(new BodyOutcome(BodyOutcome.Kind.UNAVAILABLE, BodyResponses.FULL));
    }

    @Override
    public void unreadable() {
        entry.unreadable();
    }

    @Override
    public boolean end() {
        if (outcome != null) {
            return false; // of an entry of which not all was held
        }
        entries++;
        return handOver();
    }

    /** Hands the complete entry to its sink; false when that has to wait until the sink before has stored all. */
    private boolean handOver() {
        pending = true;
        if (!(isLine() ? store() : reject())) {
            return false;
        }
        pending = false;
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
            String reason = "MESSAGE is longer than " + ingest.options().lineBytes() + " bytes";
            sink.reject(Rejection.TOO_LONG, reason, Batch.NO_SEQ);
        } else {
            sink.reject(Rejection.INVALID, "MESSAGE is missing", Batch.NO_SEQ);
        }
        return true;
    }

    private boolean store() {
        Line line = entry.line();
        if (!markBoot(line.timestamp())) {
            return false;
        }
        String journal = entry.journal();
        long number = entry.number();
        boolean numbered = journal != null && number != Batch.NO_SEQ;
        LineSink sink = sinks.of(numbered ? journal : null);
        if (sink == null) {
            return false;
        }
        sink.accept(line, numbered ? number : Batch.NO_SEQ);
        return true;
    }

    /** A marker for a boot is numbered by a producer of its own, so that whoever sends it again, it is stored once. */
    private boolean markBoot(@Nullable Long timestamp) {
        String id = entry.boot();
        if (id == null) {
            return true;
        }
        long time = timestamp == null ? 0 : timestamp;
        // A body that begins with what is no newer than the device's newest entry sends it again, and then what was
        // before is not known.
        boolean followsKnown = bootInBody || time > newest;
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

    private void end(BodyOutcome how) {
        if (outcome != null) {
            return;
        }
        outcome = how;
        intake.go();
        if (!ended && how.kind() != BodyOutcome.Kind.ABORTED) {
            request.resume(); // the rest is passed over, or its sender would never come to read the answer
        }
        sinks.finish().onComplete(stored -> {
            if (stored.succeeded() && newestBoot != null) {
                boots.note(device, newestBoot);
            }
            receipt.complete(new BodyReceipt(
                    stored.succeeded() ? how : unavailable(),
                    sinks.received(),
                    sinks.stored(),
                    sinks.deduplicated(),
                    sinks.rejected(),
                    List.copyOf(errors)));
        });
    }

    private static BodyOutcome unavailable() {
        return new BodyOutcome(BodyOutcome.Kind.UNAVAILABLE, "storage did not accept the entries");
    }

    @Override
    public void refused() {
        end(new BodyOutcome(BodyOutcome.Kind.REFUSED, DeviceLimit.REASON));
    }

    private void expire(Lease.End why) {
        end(new BodyOutcome(BodyOutcome.Kind.UNAUTHORIZED, why.reason()));
    }

    private void onDone() {
        lease.release();
        decoder.close();
        splitter.close();
        ingest.left(this);
        ingest.disconnected(device);
    }

    @Override
    public void rejected(long line, String reason) {
        if (errors.size() < MAX_ERRORS) {
            errors.add(new LineError(entries, reason));
        }
    }

    @Override
    public void failed(Throwable cause) {
        end(unavailable());
    }

    @Override
    public Future<Void> leave() {
        end(new BodyOutcome(BodyOutcome.Kind.LEAVING, "the broker is shutting down; resend the entries"));
        return receipt.future().mapEmpty();
    }
}
