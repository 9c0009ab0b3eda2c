package dev.tailrace.ingest.records;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import dev.tailrace.auth.Caller;
import dev.tailrace.ingest.Account;
import dev.tailrace.ingest.Admission;
import dev.tailrace.ingest.DeviceLimit;
import dev.tailrace.ingest.DeviceSinks;
import dev.tailrace.ingest.IngestServices;
import dev.tailrace.ingest.LineSink;
import dev.tailrace.ingest.Rejection;
import dev.tailrace.ingest.Room;
import dev.tailrace.ingest.body.BodyDecoder;
import dev.tailrace.ingest.body.BodyOutcome;
import dev.tailrace.ingest.body.BodyReader;
import dev.tailrace.ingest.body.BodyReceipt;
import dev.tailrace.ingest.body.BodyShape;
import dev.tailrace.ingest.body.Document;
import dev.tailrace.ingest.body.LineError;
import dev.tailrace.ingest.body.SnappyBlock;
import dev.tailrace.metrics.Limit;
import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Line;
import dev.tailrace.storage.RingUnavailableException;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A request body that is one document with records of many devices, or of one. When it is whole, its records are decoded as fast
 * as storage takes them, and the {@link BodyReceipt} counts them when all are stored.
 */
public final class RecordsPost implements BodyReader.Format<BodyReceipt>, LineSink.Listener, Records.Handler {

    /** Rejected records that are named in the receipt; all are counted. */
    private static final int MAX_ERRORS = 5;

    /** Time for decoding before other connections of the event loop are read. */
    private static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private static final int STEPS_PER_LOOK = 64;

    /**
     * Attributes that the records of a group share are kept as maps and text, which take up to this many times the
     * bytes that were sent.
     */
    private static final int OBJECTS_PER_BYTE = 12;

    private static final int KEPT_LEVELS = 2;

    /** Decodes the records of a document. */
    public interface Format {
        Records of(Document body, Records.Handler handler) throws IOException;
    }

    /** The encoding of a body, after its Content-Encoding is undone. */
    public enum Encoding {
        /** Text; invalid UTF-8 is replaced. */
        JSON,
        PROTOBUF,
        /** Protobuf within one Snappy block. */
        SNAPPY
    }

    private final BodyReader<BodyReceipt> reader;
    private final IngestServices ingest;
    private final Encoding encoding;
    private final Format format;
    private final Admission admission;
    private final DeviceSinks sinks;
    private final int limit;
    private final List<LineError> errors = new ArrayList<>();
    private final Room room;
    private final Document body;
    private final ValidUtf8 text; // through which a body of text is collected
    private final long[] kept = new long[KEPT_LEVELS];
    private long held; // in the room, besides the body
    private boolean exhausted;
    private @Nullable SnappyBlock block;
    private @Nullable Records records;
    private long taken;
    private long invalid;

    private RecordsPost(
            BodyReader<BodyReceipt> reader,
            IngestServices ingest,
            RoutingContext call,
            Encoding encoding,
            Format format,
            int limit) {
        this.reader = reader;
        this.ingest = ingest;
        this.admission = new Admission(Caller.of(call).identity(), reader::proceed, this::unknown);
        this.encoding = encoding;
        this.format = format;
        Account account = IngestServices.account(call);
        this.sinks = new DeviceSinks(ingest, account, LineSink.OnUnavailable.BRIEF, this);
        this.room = ingest.room(account);
        this.body = new Document(room);
        this.text = new ValidUtf8(body);
        this.limit = limit;
        sinks.onDrain(reader::proceed);
    }

    /**
     * Reads the request's body; call before it flows.
     *
     * @param decoder undoes the Content-Encoding; closed in the end
     * @param encoding the encoding after that
     * @param device the only device of the records, or null for records of many devices
     */
    public static Future<BodyReceipt> read(
            IngestServices ingest,
            RoutingContext call,
            BodyDecoder decoder,
            Encoding encoding,
            @Nullable DeviceId device,
            Format format) {
        return read(ingest, call, decoder, encoding, device, format, Integer.MAX_VALUE);
    }

    /**
     * As the other one, for a format that reads its records in one step each.
     *
     * @param most bytes of a body, if the settings do not allow fewer
     */
    public static Future<BodyReceipt> read(
            IngestServices ingest,
            RoutingContext call,
            BodyDecoder decoder,
            Encoding encoding,
            @Nullable DeviceId device,
            Format format,
            int most) {
        int limit = Math.min(most, limit(ingest, IngestServices.account(call)));
        String tooLarge = "a document may have at most " + limit
                + " bytes after decompression (--ingest-document-bytes, and the share of one"
                + " caller in --ingest-pending-bytes); send smaller documents";
        return BodyReader.read(
                ingest,
                call,
                decoder,
                new BodyShape(true, device, limit, tooLarge),
                reader -> new RecordsPost(reader, ingest, call, encoding, format, limit));
    }

    private static int limit(IngestServices ingest, Account account) {
        return (int) Math.min(
                Math.min(ingest.options().documentBytes(), ingest.options().bodyBytes()),
                Math.min(ingest.room(account).most(), Integer.MAX_VALUE - 16));
    }

    // ---- the body

    @Override
    public boolean isReady() {
        return true;
    }

    @Override
    public void take(byte[] bytes, int length) {
        if (!(encoding == Encoding.JSON ? text.add(bytes, length) : body.add(bytes, 0, length))) {
            reader.endWithoutRoom();
        } else if (body.length() > limit) { // bytes that are not UTF-8 take three each
            reader.endTooLarge();
        }
    }

    /** Counts memory for the records; without room for it the sender is asked to send again. */
    private boolean hold(long bytes) {
        if (!room.hold(bytes)) {
            reader.endWithoutRoom();
            return false;
        }
        held += bytes;
        return true;
    }

    @Override
    public void complete() throws IOException {
        if (records == null && block == null && !begin()) {
            return;
        }
        if (!admission.isPending()) {
            decode();
        }
    }

    private boolean begin() throws IOException {
        switch (encoding) {
            case SNAPPY -> {
                return beginBlock();
            }
            case JSON -> {
                if (!text.end()) {
                    reader.endWithoutRoom();
                    return false;
                }
                records = format.of(body, this);
            }
            case PROTOBUF -> records = format.of(body, this);
        }
        return true;
    }

    private boolean beginBlock() throws IOException {
        try {
            int size = SnappyBlock.size(body, limit - body.length());
            if (!hold(size)) {
                return false;
            }
            block = new SnappyBlock(body, size);
            return true;
        } catch (SnappyBlock.TooLargeException large) {
            reader.endTooLarge();
            return false;
        }
    }

    // ---- its records

    private void decode() throws IOException {
        long from = System.nanoTime();
        boolean more = !exhausted;
        while (more && !reader.isOver()) {
            for (int i = 0; more && !reader.isOver() && i < STEPS_PER_LOOK; i++) {
                more = step();
            }
            exhausted = !more;
            boolean late = System.nanoTime() - from > SLICE_NANOS;
            if (more && late) {
                sinks.flush();
            }
            if (admission.isPending()) {
                sinks.flush();
                return; // continues when the answer is known
            }
            if (more && sinks.isFull()) {
                sinks.flush();
                if (sinks.isFull()) {
                    return; // continues when the sinks have drained
                }
            }
            if (more && late) {
                reader.proceedLater();
                return;
            }
        }
        sinks.flush();
        reader.end(BodyOutcome.COMPLETE);
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
            if (reader.isOver()) {
                return; // the sender has its answer
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

    /** The reason does not quote the body, as the parser's message does. */
    @Override
    public String broken(IOException cause) {
        return "malformed body: " + reason(cause);
    }

    private static String reason(IOException cause) {
        if (cause instanceof JsonProcessingException json) {
            JsonLocation at = json.getLocation();
            return "not valid JSON" + (at == null ? "" : " at byte " + at.getByteOffset());
        }
        return String.valueOf(cause.getMessage());
    }

    private void unknown(Throwable cause) {
        reader.end(
                cause instanceof RingUnavailableException
                        ? BodyOutcome.unavailable(cause)
                        : new BodyOutcome(BodyOutcome.Kind.UNAVAILABLE, "permissions cannot be checked at the moment"));
    }

    @Override
    public void release() {
        records = null;
        block = null;
        body.clear();
        room.release(held);
        held = 0;
    }

    @Override
    public Future<Void> finish() {
        return sinks.finish();
    }

    @Override
    public BodyReceipt receipt(BodyOutcome outcome) {
        if (outcome.kind() == BodyOutcome.Kind.TOO_LARGE) {
            ingest.meters().refused(Limit.DOCUMENT_BYTES);
        }
        long rejected = invalid + sinks.rejected();
        if (outcome.kind() == BodyOutcome.Kind.COMPLETE && rejected > 0 && sinks.stored() > 0) {
            ingest.meters().partialDocument();
        }
        return new BodyReceipt(outcome, taken, sinks.stored(), 0, rejected, List.copyOf(errors));
    }

    // ---- reports of the sinks

    /** Not counted: a sink rejects a record only when storage failed, which {@link #failed} reports. */
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
        reader.end(BodyOutcome.unavailable(cause));
    }
}
