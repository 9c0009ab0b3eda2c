package dev.tailrace.ingest.lines;

import dev.tailrace.ingest.Account;
import dev.tailrace.ingest.IngestServices;
import dev.tailrace.ingest.LineSink;
import dev.tailrace.ingest.Room;
import dev.tailrace.ingest.body.BodyDecoder;
import dev.tailrace.ingest.body.BodyOutcome;
import dev.tailrace.ingest.body.BodyReader;
import dev.tailrace.ingest.body.BodyReceipt;
import dev.tailrace.ingest.body.BodyShape;
import dev.tailrace.ingest.body.LineError;
import dev.tailrace.model.DeviceId;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The lines of one device in a request body: JSON in any layout, MessagePack, or plain text. Lines are stored as they arrive, and the
 * {@link BodyReceipt} counts them when all are stored.
 */
public final class HttpIngest implements BodyReader.Format<BodyReceipt>, LineSink.Listener {

    /** Rejected lines that are named in the receipt; all are counted. */
    private static final int MAX_ERRORS = 20;

    private final BodyReader<BodyReceipt> body;
    private final LineSink sink;
    private final LineReader reader;
    private final Splitter splitter;
    private final boolean needsAValidLine;
    private final String expected;
    private final List<LineError> errors = new ArrayList<>();
    private boolean hadNoRoom;

    private HttpIngest(
            BodyReader<BodyReceipt> body,
            IngestServices ingest,
            Account account,
            DeviceId device,
            @Nullable String producer,
            LineFormat format) {
        this.body = body;
        this.sink = new LineSink(ingest, account, device, format.onUnavailable(), producer, this);
        this.reader = format.reader().apply(sink);
        Room room = ingest.room(account);
        int lineBytes = ingest.options().lineBytes();
        this.needsAValidLine = format.needsAValidLine();
        this.expected = format.shape() == LineFormat.Shape.TEXT
                ? "a message per line, of at most " + lineBytes + " bytes"
                : "JSON objects such as {\"message\":\"…\"}, in lines or in an array";
        this.splitter = switch (format.shape()) {
            case LINES, TEXT -> new LineSplitter(lineBytes, room, reader);
            case JSON_VALUES -> new JsonSplitter(lineBytes, room, false, reader);
            case JSON_DOCUMENT -> new JsonSplitter(lineBytes, room, true, reader);
            case MSGPACK -> new MsgpackSplitter(lineBytes, room, reader);
        };
        sink.onDrain(body::proceed);
    }

    /**
     * Reads the request's body; call before it flows.
     *
     * @return the receipt, or null when the Content-Encoding is not known
     */
    public static @Nullable Future<BodyReceipt> read(
            IngestServices ingest, RoutingContext call, DeviceId device, @Nullable String producer, LineFormat format) {
        BodyDecoder decoder = BodyDecoder.of(call.request().getHeader("Content-Encoding"), ingest.decoderRoom(call));
        if (decoder == null) {
            return null;
        }
        Account account = IngestServices.account(call);
        return BodyReader.read(
                ingest,
                call,
                decoder,
                shape(ingest, device, format),
                body -> new HttpIngest(body, ingest, account, device, producer, format));
    }

    private static BodyShape shape(IngestServices ingest, DeviceId device, LineFormat format) {
        if (format.shape() != LineFormat.Shape.JSON_DOCUMENT) {
            return BodyShape.endless(device);
        }
        long limit = ingest.options().bodyBytes();
        return new BodyShape(
                false,
                device,
                limit,
                "a JSON document has at most " + limit + " bytes; application/x-ndjson has no limit");
    }

    @Override
    public boolean isReady() {
        return !sink.isFull();
    }

    @Override
    public void take(byte[] bytes, int length) {
        splitter.feed(bytes, 0, length);
        sink.flush();
        endIfBroken();
    }

    @Override
    public void complete() {
        splitter.end();
        sink.flush();
        endIfBroken();
        body.end(BodyOutcome.COMPLETE);
    }

    private void endIfBroken() {
        String broken = reader.broken();
        if (broken != null) {
            body.end(new BodyOutcome(BodyOutcome.Kind.BROKEN, broken));
        }
    }

    @Override
    public void release() {
        splitter.close();
    }

    @Override
    public Future<Void> finish() {
        return sink.finish();
    }

    @Override
    public BodyReceipt receipt(BodyOutcome outcome) {
        return new BodyReceipt(
                nothingStored(outcome),
                sink.received(),
                sink.stored(),
                sink.deduplicated(),
                sink.rejected(),
                List.copyOf(errors));
    }

    /** A body of which nothing is stored is not accepted: its sender would learn of the errors only by reading them. */
    private BodyOutcome nothingStored(BodyOutcome outcome) {
        boolean none = sink.rejected() > 0 && sink.stored() == 0 && sink.deduplicated() == 0;
        if (!needsAValidLine || !none || outcome.kind() != BodyOutcome.Kind.COMPLETE) {
            return outcome;
        }
        if (hadNoRoom) {
            return new BodyOutcome(BodyOutcome.Kind.UNAVAILABLE, LineReader.NO_ROOM);
        }
        String first = errors.isEmpty() ? "" : " (the first: " + errors.get(0).reason() + ")";
        return new BodyOutcome(
                BodyOutcome.Kind.REJECTED,
                "none of the " + sink.rejected() + " lines can be stored" + first + "; expected " + expected);
    }

    // ---- reports of the sink

    @Override
    public void rejected(long line, String reason) {
        if (errors.size() < MAX_ERRORS) {
            errors.add(new LineError(line, reason));
        }
        hadNoRoom |= reason.equals(LineReader.NO_ROOM);
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
