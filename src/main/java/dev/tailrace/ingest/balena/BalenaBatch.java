package dev.tailrace.ingest.balena;

import dev.tailrace.ingest.Account;
import dev.tailrace.ingest.IngestServices;
import dev.tailrace.ingest.LineSink;
import dev.tailrace.ingest.Room;
import dev.tailrace.ingest.body.BodyDecoder;
import dev.tailrace.ingest.body.BodyOutcome;
import dev.tailrace.ingest.body.BodyOutcome.Kind;
import dev.tailrace.ingest.body.BodyReader;
import dev.tailrace.ingest.body.BodyShape;
import dev.tailrace.ingest.body.Document;
import dev.tailrace.ingest.lines.ArraySplitter;
import dev.tailrace.ingest.lines.LineReader;
import dev.tailrace.ingest.lines.Splitter;
import dev.tailrace.model.DeviceId;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/**
 * A body of at most ten lines with balena's fields, as a JSON array. It is whole before any line is stored, because a
 * body that is not an array, or has too many lines, is refused as a whole; an invalid line among valid ones is refused
 * alone. Only the reason for too many lines is reported.
 */
final class BalenaBatch implements BodyReader.Format<BodyOutcome>, LineSink.Listener {

    static final int MAX_LINES = 10;

    /** After decompression. */
    private static final int MAX_BYTES = 512 * 1024;

    private static final BodyOutcome TOO_MANY_LINES =
            new BodyOutcome(Kind.BROKEN, "Batches cannot include more than " + MAX_LINES + " logs");

    private static final BodyOutcome INVALID = new BodyOutcome(Kind.BROKEN, "");

    private final BodyReader<BodyOutcome> body;
    private final IngestServices ingest;
    private final Account account;
    private final DeviceId device;
    private final Room room;
    private final Document document;
    private @Nullable LineSink sink;
    private boolean invalid;
    private boolean unavailable;
    private boolean refused;

    private BalenaBatch(BodyReader<BodyOutcome> body, IngestServices ingest, Account account, DeviceId device) {
        this.body = body;
        this.ingest = ingest;
        this.account = account;
        this.device = device;
        this.room = ingest.room(account);
        this.document = new Document(room);
    }

    /** Reads the request's body; call before it flows. */
    static Future<BodyOutcome> read(IngestServices ingest, RoutingContext call, DeviceId device, BodyDecoder decoder) {
        Account account = IngestServices.account(call);
        return BodyReader.read(
                ingest,
                call,
                decoder,
                new BodyShape(true, device, MAX_BYTES, "request entity too large"),
                body -> new BalenaBatch(body, ingest, account, device));
    }

    @Override
    public boolean isReady() {
        return true;
    }

    @Override
    public void take(byte[] bytes, int length) {
        if (!document.add(bytes, 0, length)) {
            body.endWithoutRoom();
        }
    }

    @Override
    public void complete() {
        var count = new Count();
        split(count);
        if (count.hadNoRoom) {
            body.endWithoutRoom();
        } else if (count.broken || !isArray()) {
            body.end(INVALID);
        } else if (count.lines > MAX_LINES) {
            body.end(TOO_MANY_LINES);
        } else {
            sink = new LineSink(ingest, account, device, LineSink.OnUnavailable.BRIEF, null, this);
            split(BalenaParser.reader(ingest.options(), sink, true));
            body.end(BodyOutcome.COMPLETE);
        }
    }

    private void split(Splitter.Lines lines) {
        var splitter = new ArraySplitter(MAX_BYTES, room, lines);
        int left = document.length();
        for (byte[] segment : document.segments()) {
            int length = Math.min(left, segment.length);
            splitter.feed(segment, 0, length);
            left -= length;
        }
        splitter.end();
        splitter.close();
    }

    private boolean isArray() {
        for (int i = 0; i < document.length(); i++) {
            byte b = document.at(i);
            if (b == '[' || b == '{') {
                return b == '[';
            }
        }
        return false;
    }

    @Override
    public void release() {
        document.clear();
    }

    @Override
    public Future<Void> finish() {
        return sink == null ? Future.succeededFuture() : sink.finish();
    }

    @Override
    public BodyOutcome receipt(BodyOutcome outcome) {
        return switch (outcome.kind()) {
            case COMPLETE -> complete(outcome);
            case BROKEN -> outcome.equals(TOO_MANY_LINES) ? outcome : INVALID;
            default -> outcome;
        };
    }

    private BodyOutcome complete(BodyOutcome complete) {
        if (refused) {
            return BodyOutcome.refused();
        }
        if (unavailable) {
            return new BodyOutcome(Kind.UNAVAILABLE, LineReader.NO_ROOM);
        }
        return invalid ? INVALID : complete;
    }

    // ---- reports of the sink

    @Override
    public void rejected(long line, String reason) {
        if (reason.equals(LineReader.NO_ROOM)) {
            unavailable = true;
        } else {
            invalid |= !reason.equals(BalenaParser.OTHER_DEVICE);
        }
    }

    @Override
    public void failed(Throwable cause) {
        unavailable = true;
    }

    @Override
    public void refused() {
        refused = true;
    }

    /** Counts the elements of the array before any is stored. */
    private static final class Count implements Splitter.Lines {
        private int lines;
        private boolean broken;
        private boolean hadNoRoom;

        @Override
        public void line(byte[] bytes, int from, int to) {
            lines++;
        }

        @Override
        public void tooLong() {
            lines++;
        }

        @Override
        public void noRoom() {
            hadNoRoom = true;
        }

        @Override
        public void broken(String reason) {
            broken = true;
        }
    }
}
