package dev.tailrace.ingest.balena;

import dev.tailrace.auth.Caller;
import dev.tailrace.auth.Lease;
import dev.tailrace.auth.Permission;
import dev.tailrace.ingest.Account;
import dev.tailrace.ingest.IngestServices;
import dev.tailrace.ingest.LineSink;
import dev.tailrace.ingest.Room;
import dev.tailrace.ingest.body.BodyDecoder;
import dev.tailrace.ingest.body.Document;
import dev.tailrace.ingest.lines.ArraySplitter;
import dev.tailrace.ingest.lines.LineReader;
import dev.tailrace.ingest.lines.Splitter;
import dev.tailrace.metrics.Meters.Limit;
import dev.tailrace.model.DeviceId;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.util.List;

/**
 * A body of at most ten lines with balena's fields, as a JSON array. Read to its end first and then stored, because what is no array, or
 * has too many lines, is refused as a whole; a wrong line among good ones is refused alone.
 */
final class BalenaBatch implements IngestServices.Connected, LineSink.Listener {

    static final int MAX_LINES = 10;

    /** After decompression. */
    static final int MAX_BYTES = 512 * 1024;

    /** What became of it. */
    enum Outcome {
        STORED,
        /** Some lines are not stored: they have wrong fields. */
        WRONG_LINES,
        TOO_MANY_LINES,
        NO_ARRAY,
        TOO_LARGE,
        UNAVAILABLE,
        /** The device is a new one, and there are too many. */
        REFUSED,
        LEAVING,
        /** What the sender may has ended. */
        UNAUTHORIZED,
        /** The sender is gone. */
        ABORTED
    }

    private final IngestServices ingest;
    private final Account account;
    private final DeviceId device;
    private final HttpServerRequest request;
    private final BodyDecoder decoder;
    private final Room room;
    private final Document body;
    private final Promise<Outcome> outcome = Promise.promise();
    private Lease lease = Lease.ENDLESS;
    private boolean decided;
    private boolean wrong;
    private boolean unavailable;
    private boolean refused;

    private BalenaBatch(
            IngestServices ingest, Account account, DeviceId device, BodyDecoder decoder, HttpServerRequest request) {
        this.ingest = ingest;
        this.account = account;
        this.device = device;
        this.decoder = decoder;
        this.request = request;
        this.room = ingest.room(account);
        this.body = new Document(room);
    }

    /** Reads the request's body; call before it flows. */
    static Future<Outcome> read(IngestServices ingest, RoutingContext call, DeviceId device, BodyDecoder decoder) {
        HttpServerRequest request = call.request();
        var batch = new BalenaBatch(ingest, IngestServices.account(call), device, decoder, request);
        ingest.joined(batch);
        ingest.connected(device);
        batch.lease = Caller.of(call)
                .lease(Permission.LOGS_WRITE, List.of(device), end -> batch.decide(Outcome.UNAUTHORIZED));
        request.exceptionHandler(cause -> batch.decide(Outcome.ABORTED));
        request.handler(batch::onChunk);
        request.endHandler(nothing -> batch.onEnd());
        request.resume();
        return batch.outcome.future().onComplete(done -> batch.onDone());
    }

    private void onChunk(Buffer chunk) {
        if (decided) {
            return; // the rest is passed over, or its sender would never come to read the answer
        }
        decoder.input(chunk.getBytes());
        byte[] decoded = ingest.piece();
        try {
            for (int count = decoder.read(decoded); count > 0; count = decoder.read(decoded)) {
                if (body.length() + count > MAX_BYTES) {
                    decide(Outcome.TOO_LARGE);
                    return;
                }
                if (!body.add(decoded, 0, count)) {
                    noRoom();
                    return;
                }
            }
        } catch (BodyDecoder.NoRoomException full) {
            ingest.meters().refused(Limit.DECODER_BYTES);
            decide(Outcome.UNAVAILABLE);
        } catch (IOException invalid) {
            decide(Outcome.NO_ARRAY);
        }
    }

    private void noRoom() {
        ingest.meters().refused(Limit.PENDING_BYTES);
        decide(Outcome.UNAVAILABLE);
    }

    private void onEnd() {
        if (decided) {
            return;
        }
        var count = new Count();
        split(count);
        if (count.hadNoRoom) {
            noRoom();
        } else if (!decoder.isComplete() || count.broken || !isArray()) {
            decide(Outcome.NO_ARRAY);
        } else if (count.lines > MAX_LINES) {
            decide(Outcome.TOO_MANY_LINES);
        } else {
            decided = true;
            store();
        }
    }

    private void split(Splitter.Lines lines) {
        var splitter = new ArraySplitter(MAX_BYTES, room, lines);
        int left = body.length();
        for (byte[] segment : body.segments()) {
            int length = Math.min(left, segment.length);
            splitter.feed(segment, 0, length);
            left -= length;
        }
        splitter.end();
        splitter.close();
    }

    private boolean isArray() {
        for (int i = 0; i < body.length(); i++) {
            byte b = body.at(i);
            if (b == '[' || b == '{') {
                return b == '[';
            }
        }
        return false;
    }

    private void store() {
        var sink = new LineSink(ingest, account, device, LineSink.OnUnavailable.BRIEF, null, this);
        split(BalenaParser.reader(ingest.options(), sink, true));
        body.clear();
        sink.finish().onComplete(stored -> outcome.complete(outcome(stored.failed())));
    }

    private Outcome outcome(boolean failed) {
        if (refused) {
            return Outcome.REFUSED;
        }
        if (failed || unavailable) {
            return Outcome.UNAVAILABLE;
        }
        return wrong ? Outcome.WRONG_LINES : Outcome.STORED;
    }

    private void decide(Outcome how) {
        if (!decided) {
            decided = true;
            outcome.complete(how);
        }
    }

    private void onDone() {
        lease.release();
        decoder.close();
        body.clear();
        ingest.left(this);
        ingest.disconnected(device);
    }

    @Override
    public void rejected(long line, String reason) {
        if (reason.equals(LineReader.NO_ROOM)) {
            unavailable = true;
        } else {
            wrong |= !reason.equals(BalenaParser.OTHER_DEVICE);
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

    @Override
    public Future<Void> leave() {
        decide(Outcome.LEAVING);
        return outcome.future().mapEmpty();
    }

    /** Counts elements before any is stored. */
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
