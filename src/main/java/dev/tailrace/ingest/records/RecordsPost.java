package dev.tailrace.ingest.records;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import dev.tailrace.auth.Caller;
import dev.tailrace.auth.Lease;
import dev.tailrace.auth.Permission;
import dev.tailrace.ingest.Account;
import dev.tailrace.ingest.Admission;
import dev.tailrace.ingest.DeviceLimit;
import dev.tailrace.ingest.DeviceSinks;
import dev.tailrace.ingest.IngestServices;
import dev.tailrace.ingest.LineSink;
import dev.tailrace.ingest.Room;
import dev.tailrace.ingest.body.BodyDecoder;
import dev.tailrace.ingest.body.BodyOutcome;
import dev.tailrace.ingest.body.BodyReceipt;
import dev.tailrace.ingest.body.BodyResponses;
import dev.tailrace.ingest.body.Document;
import dev.tailrace.ingest.body.LineError;
import dev.tailrace.ingest.body.SnappyBlock;
import dev.tailrace.metrics.Meters.Limit;
import dev.tailrace.metrics.Meters.Rejection;
import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Line;
import dev.tailrace.storage.RingUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A request body that is one document of records of many devices. Read whole, but never more than the limit of it; then its
 * records are decoded as fast as storage takes them, and it completes when all are stored.
 */
public final class RecordsPost implements IngestServices.Connected, LineSink.Listener, Records.Handler {

    /** Rejected records that are named in the receipt; all are counted. */
    private static final int MAX_ERRORS = 5;

    /** Decoded without giving other connections of the loop a turn. */
    private static final long TURN_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private static final int STEPS_PER_LOOK = 64;

    /** What the records of a group share is kept as maps and text, which take up to so many times what was sent. */
    private static final int OBJECTS_PER_BYTE = 12;

    private static final int KEPT_LEVELS = 2;

    /** What a body is. */
    public interface Format {
        Records of(Document body, Records.Handler taker) throws IOException;
    }

    /** What the bytes of a body are, once its Content-Encoding is undone. */
    public enum Encoding {
        /** Text; what is no UTF-8 is replaced. */
        JSON,
        PROTOBUF,
        /** Protobuf within one Snappy block. */
        SNAPPY
    }

    private final IngestServices ingest;
    private final HttpServerRequest request;
    private final BodyDecoder decoder;
    private final Encoding encoding;
    private final Format format;
    private final Admission admission;
    private final DeviceSinks sinks;
    private final int limit;
    private final List<LineError> errors = new ArrayList<>();
    private final Promise<BodyReceipt> receipt = Promise.promise();
    private final Room room;
    private final Document body;
    private final ValidUtf8 text; // of a body of text
    private final long[] kept = new long[KEPT_LEVELS];
    private Lease lease = Lease.ENDLESS;
    private long held; // in the room, besides the body
    private boolean ended;
    private boolean pumping;
    private boolean exhausted;
    private @Nullable SnappyBlock block;
    private @Nullable Records records;
    private @Nullable BodyOutcome outcome;
    private long taken;
    private long invalid;

    private RecordsPost(
            IngestServices ingest, RoutingContext call, BodyDecoder decoder, Encoding encoding, Format format) {
        this.ingest = ingest;
        this.request = call.request();
        this.admission = new Admission(Caller.of(call).identity(), this::pump, this::unknown);
        this.decoder = decoder;
        this.encoding = encoding;
        this.format = format;
        Account account = IngestServices.account(call);
        this.sinks = new DeviceSinks(ingest, account, LineSink.OnUnavailable.BRIEF, this);
        this.room = ingest.room(account);
        this.body = new Document(room);
        this.text = new ValidUtf8(body);
        this.limit = (int) Math.min(
                Math.min(ingest.options().documentBytes(), ingest.options().bodyBytes()),
                Math.min(room.most(), Integer.MAX_VALUE - 16));
    }

    /**
     * Reads the request's body; call before it flows.
     *
     * @param decoder undoes the Content-Encoding; closed in the end
     * @param encoding what comes out then
     */
    public static Future<BodyReceipt> read(
            IngestServices ingest, RoutingContext call, BodyDecoder decoder, Encoding encoding, Format format) {
        var post = new RecordsPost(ingest, call, decoder, encoding, format);
        ingest.joined(post);
        // Of no device yet: which ones are written is known when the body is whole, and is asked then.
        post.lease = Caller.of(call).lease(Permission.LOGS_WRITE, List.of(), post::expire);
        post.listen();
        return post.receipt.future().onComplete(done -> post.onDone());
    }

    private void listen() {
        sinks.onDrain(this::pump);
        request.exceptionHandler(cause -> end(new BodyOutcome(BodyOutcome.Kind.ABORTED, "the connection was lost")));
        request.handler(this::onChunk);
        request.endHandler(nothing -> onEnd());
        String header = request.getHeader("Content-Length");
        if (header != null && Long.parseLong(header) > limit) {
            tooLarge();
        }
        request.resume();
    }

    private void tooLarge() {
        ingest.meters().refused(Limit.DOCUMENT_BYTES);
        end(new BodyOutcome(
                BodyOutcome.Kind.TOO_LARGE,
                "a document may have at most " + limit
                        + " bytes after decompression (--ingest-document-bytes, and the share of one"
                        + " caller in --ingest-pending-bytes); send smaller documents"));
    }

    // ---- the body

    private void onChunk(Buffer chunk) {
        if (outcome != null) {
            return;
        }
        decoder.input(chunk.getBytes());
        request.pause();
        ingest.slices().run(this::expand);
    }

    private void expand() {
        byte[] piece = ingest.piece();
        long from = System.nanoTime();
        try {
            while (outcome == null) {
                int count = decoder.read(piece);
                if (count == 0) {
                    request.resume();
                    return;
                }
                collect(piece, count);
                if (System.nanoTime() - from > TURN_NANOS) {
                    ingest.slices().next(this::expand);
                    return;
                }
            }
        } catch (IOException spoilt) {
            broken(spoilt);
        }
    }

    private void collect(byte[] piece, int count) {
        if (body.length() + (long) count > limit) {
            tooLarge();
        } else if (!(encoding == Encoding.JSON ? text.add(piece, count) : body.add(piece, 0, count))) {
            noRoom();
        }
    }

    /** Takes part in what is held in all; who cannot be held is asked to come again. */
    private boolean hold(long bytes) {
        if (!room.hold(bytes)) {
            noRoom();
            return false;
        }
        held += bytes;
        return true;
    }

    private void noRoom() {
        ingest.meters().refused(Limit.PENDING_BYTES);
        end(new BodyOutcome(BodyOutcome.Kind.UNAVAILABLE, BodyResponses.FULL));
    }

    private void onEnd() {
        ended = true;
        if (outcome != null) {
            return;
        }
        if (!decoder.isComplete()) {
            end(new BodyOutcome(BodyOutcome.Kind.BROKEN, "the compressed body is truncated"));
            return;
        }
        try {
            switch (encoding) {
                case SNAPPY -> {
                    int size = SnappyBlock.size(body, limit - body.length());
                    if (!hold(size)) {
                        return;
                    }
                    block = new SnappyBlock(body, size);
                }
                case JSON -> {
                    if (!text.end()) {
                        noRoom();
                        return;
                    }
                    records = format.of(body, this);
                }
                case PROTOBUF -> records = format.of(body, this);
            }
            ingest.slices().run(this::pump);
        } catch (SnappyBlock.TooLargeException large) {
            tooLarge();
        } catch (IOException spoilt) {
            broken(spoilt);
        }
    }

    // ---- its records

    private void pump() {
        if (pumping || outcome != null || !ended || admission.isPending()) {
            return; // called from within, by a batch that was stored at once; or called again when it is known who may
        }
        pumping = true;
        try {
            decode();
        } catch (IOException spoilt) {
            sinks.flush();
            broken(spoilt);
        } catch (RuntimeException ours) {
            outcome = BodyOutcome.COMPLETE;
            sinks.finish().onComplete(done -> receipt.fail(ours)); // or its sender would wait for ever
        } finally {
            pumping = false;
            letGoIfOver();
        }
    }

    private void decode() throws IOException {
        long from = System.nanoTime();
        boolean more = !exhausted;
        while (more && outcome == null) {
            for (int i = 0; more && outcome == null && i < STEPS_PER_LOOK; i++) {
                more = step();
            }
            exhausted = !more;
            boolean late = System.nanoTime() - from > TURN_NANOS;
            if (more && late) {
                sinks.flush();
            }
            if (admission.isPending()) {
                sinks.flush();
                return; // and again when it is known
            }
            if (more && sinks.isFull()) {
                sinks.flush();
                if (sinks.isFull()) {
                    return; // and again when they are drained
                }
            }
            if (more && late) {
                ingest.slices().next(this::pump);
                return;
            }
        }
        sinks.flush();
        end(BodyOutcome.COMPLETE);
    }

    private boolean step() throws IOException {
        if (records != null) {
            return records.step();
        }
        if (block != null && !block.step()) {
            records = format.of(Document.of(block.bytes()), this);
            block = null;
            body.clear();
        }
        return true;
    }

    @Override
    public void line(DeviceId device, Line line) {
        admission.ask(device, may -> {
            if (outcome != null) {
                return; // its sender was told already
            }
            if (may) {
                taken++;
                sinks.of(device).accept(line, Batch.NO_SEQ);
            } else {
                rejected(Rejection.FORBIDDEN, "unknown device, or no permission");
            }
        });
    }

    @Override
    public void rejected(Rejection kind, String reason) {
        taken++;
        invalid++;
        ingest.meters().received(1);
        ingest.meters().rejected(kind, 1);
        if (errors.size() < MAX_ERRORS) {
            errors.add(new LineError(taken, reason));
        }
    }

    @Override
    public boolean keep(int level, int bytes) {
        long objects = (long) bytes * OBJECTS_PER_BYTE;
        if (!hold(objects)) {
            return false;
        }
        room.release(kept[level]);
        held -= kept[level];
        kept[level] = objects;
        return true;
    }

    // ---- the end

    private void broken(IOException spoilt) {
        if (spoilt instanceof BodyDecoder.NoRoomException) {
            end(BodyOutcome.undecodable(ingest, spoilt));
            return;
        }
        end(new BodyOutcome(BodyOutcome.Kind.BROKEN, "malformed body: " + reason(spoilt)));
    }

    /** Without what the parser quotes of the body. */
    private static String reason(IOException spoilt) {
        if (spoilt instanceof JsonProcessingException json) {
            JsonLocation at = json.getLocation();
            return "not valid JSON" + (at == null ? "" : " at byte " + at.getByteOffset());
        }
        return String.valueOf(spoilt.getMessage());
    }

    private void end(BodyOutcome how) {
        if (outcome != null) {
            return;
        }
        outcome = how;
        letGoIfOver();
        if (!ended && how.kind() != BodyOutcome.Kind.ABORTED) {
            request.resume(); // the rest is passed over, or its sender would never come to read the answer
        }
        sinks.finish().onComplete(stored -> {
            BodyOutcome became = stored.succeeded() ? how : unavailable(stored.cause());
            receipt.complete(
                    new BodyReceipt(became, taken, sinks.stored(), 0, invalid + sinks.rejected(), List.copyOf(errors)));
        });
    }

    private void unknown(Throwable cause) {
        end(
                cause instanceof RingUnavailableException
                        ? unavailable(cause)
                        : new BodyOutcome(BodyOutcome.Kind.UNAVAILABLE, "permissions cannot be checked at the moment"));
    }

    private static BodyOutcome unavailable(Throwable cause) {
        return new BodyOutcome(
                BodyOutcome.Kind.UNAVAILABLE,
                cause instanceof RingUnavailableException ? "storage is unavailable" : "storage rejected the lines");
    }

    /** What was read is not held while its lines are stored; nor while it is walked is it taken away. */
    private void letGoIfOver() {
        if (outcome != null && !pumping) {
            records = null;
            block = null;
            body.clear();
            room.release(held);
            held = 0;
            decoder.close();
        }
    }

    private void onDone() {
        letGoIfOver();
        lease.release();
        ingest.left(this);
    }

    /** Of a record that the sink rejects: only when storage failed, which {@link #failed} tells. */
    @Override
    public void rejected(long line, String reason) {}

    /** The records of a device too many are rejected; those of the others are stored. */
    @Override
    public void refused() {
        if (errors.size() < MAX_ERRORS) {
            errors.add(new LineError(taken, DeviceLimit.REASON));
        }
    }

    @Override
    public void failed(Throwable cause) {
        end(unavailable(cause));
    }

    /** Of a document that is whole nothing more is asked of its sender but its devices. */
    private void expire(Lease.End why) {
        if (!ended) {
            end(new BodyOutcome(BodyOutcome.Kind.UNAUTHORIZED, why.reason()));
        }
    }

    @Override
    public Future<Void> leave() {
        if (!ended) {
            end(new BodyOutcome(BodyOutcome.Kind.LEAVING, "the broker is shutting down"));
        }
        return receipt.future().mapEmpty();
    }
}
