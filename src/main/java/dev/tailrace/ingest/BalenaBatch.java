package dev.tailrace.ingest;

import dev.tailrace.model.DeviceId;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;

/**
 * A body of at most ten lines with balena's fields, as a JSON array. Read to its end first and then stored, because what is no array, or
 * has too many lines, is refused as a whole; a wrong line among good ones is refused alone.
 */
final class BalenaBatch implements Ingest.Connected, LineSink.Sender {

    static final int MAX_LINES = 10;

    /** After decompression. */
    static final int MAX_BYTES = 512 * 1024;

    private static final int PIECE_BYTES = 16 * 1024;

    /** What became of it. */
    enum Outcome {
        STORED,
        /** Some lines are not stored: they have wrong fields. */
        WRONG_LINES,
        TOO_MANY_LINES,
        NO_ARRAY,
        TOO_LARGE,
        UNAVAILABLE,
        LEAVING,
        /** The sender is gone. */
        ABORTED
    }

    private final Ingest ingest;
    private final DeviceId device;
    private final HttpServerRequest request;
    private final BodyDecoder decoder;
    private final Buffer body = Buffer.buffer();
    private final byte[] decoded = new byte[PIECE_BYTES];
    private final Promise<Outcome> outcome = Promise.promise();
    private boolean decided;
    private boolean wrong;
    private boolean unavailable;

    private BalenaBatch(Ingest ingest, DeviceId device, BodyDecoder decoder, HttpServerRequest request) {
        this.ingest = ingest;
        this.device = device;
        this.decoder = decoder;
        this.request = request;
    }

    /** Reads the request's body; call before it flows. */
    static Future<Outcome> read(Ingest ingest, DeviceId device, BodyDecoder decoder, HttpServerRequest request) {
        var batch = new BalenaBatch(ingest, device, decoder, request);
        ingest.joined(batch);
        ingest.connected(device);
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
        try {
            for (int count = decoder.read(decoded); count > 0; count = decoder.read(decoded)) {
                body.appendBytes(decoded, 0, count);
                if (body.length() > MAX_BYTES) {
                    decide(Outcome.TOO_LARGE);
                    return;
                }
            }
        } catch (IOException invalid) {
            decide(Outcome.NO_ARRAY);
        }
    }

    private void onEnd() {
        if (decided) {
            return;
        }
        byte[] bytes = body.getBytes();
        var count = new Count();
        var splitter = new ArraySplitter(MAX_BYTES, count);
        splitter.end(bytes, 0, bytes.length);
        if (!decoder.isComplete() || count.broken || !isArray(bytes)) {
            decide(Outcome.NO_ARRAY);
        } else if (count.lines > MAX_LINES) {
            decide(Outcome.TOO_MANY_LINES);
        } else {
            decided = true;
            store(bytes);
        }
    }

    private static boolean isArray(byte[] bytes) {
        for (byte b : bytes) {
            if (b == '[' || b == '{') {
                return b == '[';
            }
        }
        return false;
    }

    private void store(byte[] bytes) {
        var sink = new LineSink(ingest, device, LineSink.Patience.FAIL, null, this);
        var splitter = new ArraySplitter(MAX_BYTES, LineReader.ofBalena(ingest, sink, true));
        splitter.end(bytes, 0, bytes.length);
        sink.finish()
                .onComplete(stored -> outcome.complete(
                        stored.failed() || unavailable
                                ? Outcome.UNAVAILABLE
                                : wrong ? Outcome.WRONG_LINES : Outcome.STORED));
    }

    private void decide(Outcome how) {
        if (!decided) {
            decided = true;
            outcome.complete(how);
        }
    }

    private void onDone() {
        decoder.close();
        ingest.left(this);
        ingest.disconnected(device);
    }

    @Override
    public void rejected(long line, String reason) {
        wrong |= !reason.equals(BalenaParser.OTHER_DEVICE);
    }

    @Override
    public void failed(Throwable cause) {
        unavailable = true;
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

        @Override
        public void line(byte[] bytes, int from, int to) {
            lines++;
        }

        @Override
        public void tooLong() {
            lines++;
        }

        @Override
        public void broken(String reason) {
            broken = true;
        }
    }
}
