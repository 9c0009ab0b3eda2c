package dev.tailrace.ingest.lines;

import dev.tailrace.auth.Caller;
import dev.tailrace.auth.Lease;
import dev.tailrace.auth.Permission;
import dev.tailrace.ingest.Account;
import dev.tailrace.ingest.DeviceLimit;
import dev.tailrace.ingest.IngestServices;
import dev.tailrace.ingest.Intake;
import dev.tailrace.ingest.LineSink;
import dev.tailrace.ingest.Room;
import dev.tailrace.ingest.body.BodyDecoder;
import dev.tailrace.ingest.body.BodyOutcome;
import dev.tailrace.ingest.body.BodyReceipt;
import dev.tailrace.ingest.body.LineError;
import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.RingUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request body of lines: ndjson or plain text of any length, or a JSON array; gzip and zstd. Read only as fast as storage
 * takes it; completes with a {@link BodyReceipt} when all of it was handled.
 */
public final class HttpIngest implements IngestServices.Connected, LineSink.Listener {

    /** Rejected lines that are named in the receipt; all are counted. */
    private static final int MAX_ERRORS = 20;

    /** Decoded without giving other connections of the loop a turn. */
    private static final int TURN_BYTES = 256 * 1024;

    private final IngestServices ingest;
    private final DeviceId device;
    private final HttpServerRequest request;
    private final BodyDecoder decoder;
    private final LineSink sink;
    private final LineReader reader;
    private final Splitter splitter;
    private final Intake intake;
    private final long bodyLimit;
    private final List<LineError> errors = new ArrayList<>();
    private final Promise<BodyReceipt> receipt = Promise.promise();
    private Lease lease = Lease.ENDLESS;
    private long decodedBytes;
    private boolean ended;
    private boolean pumping;
    private boolean pumpAgain;
    private @Nullable BodyOutcome outcome;

    private HttpIngest(
            IngestServices ingest,
            Account account,
            DeviceId device,
            @Nullable String producer,
            LineFormat format,
            BodyDecoder decoder,
            HttpServerRequest request) {
        this.ingest = ingest;
        this.device = device;
        this.request = request;
        this.decoder = decoder;
        this.sink = new LineSink(ingest, account, device, format.onUnavailable(), producer, this);
        this.reader = format.reader().apply(sink);
        Room room = ingest.room(account);
        int lineBytes = ingest.options().lineBytes();
        boolean array = format.shape() == LineFormat.Shape.ARRAY;
        this.splitter = array ? new ArraySplitter(lineBytes, room, reader) : new LineSplitter(lineBytes, room, reader);
        this.intake = Intake.of(request.connection());
        this.bodyLimit = array ? ingest.options().bodyBytes() : Long.MAX_VALUE;
    }

    /**
     * Reads the request's body; call before it flows.
     *
     * @return what became of it, or null when the Content-Encoding is none of gzip, zstd, identity
     */
    public static @Nullable Future<BodyReceipt> read(
            IngestServices ingest, RoutingContext call, DeviceId device, @Nullable String producer, LineFormat format) {
        HttpServerRequest request = call.request();
        BodyDecoder decoder = BodyDecoder.of(request.getHeader("Content-Encoding"), ingest.decoderRoom(call));
        if (decoder == null) {
            return null;
        }
        var body = new HttpIngest(ingest, IngestServices.account(call), device, producer, format, decoder, request);
        ingest.joined(body);
        ingest.connected(device);
        body.lease = Caller.of(call).lease(Permission.LOGS_WRITE, List.of(device), body::expire);
        body.listen();
        return body.receipt.future().onComplete(done -> body.onDone());
    }

    private void listen() {
        sink.onDrain(this::pump);
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

    /** Decodes as far as the sink takes it, then lets the next piece come. */
    private void pump() {
        if (pumping) {
            pumpAgain = true; // called from within, by a piece that was already waiting
            return;
        }
        pumping = true;
        do {
            pumpAgain = false;
            decode();
        } while (pumpAgain);
        pumping = false;
    }

    private void decode() {
        byte[] decoded = ingest.piece();
        int turn = 0;
        while (outcome == null && !sink.isFull()) {
            if (turn >= TURN_BYTES) {
                ingest.slices().next(this::pump);
                return;
            }
            int count;
            try {
                count = decoder.read(decoded);
            } catch (IOException invalid) {
                end(BodyOutcome.undecodable(ingest, invalid));
                return;
            }
            if (count == 0) {
                wantMore();
                return;
            }
            turn += count;
            take(decoded, count);
        }
        if (outcome == null) {
            intake.stop();
        }
    }

    private void take(byte[] decoded, int count) {
        decodedBytes += count;
        if (decodedBytes > bodyLimit) {
            sink.flush();
            end(new BodyOutcome(BodyOutcome.Kind.TOO_LARGE, "a JSON array has at most " + bodyLimit + " bytes"));
            return;
        }
        splitter.feed(decoded, 0, count);
        sink.flush();
        endIfBroken();
    }

    private void wantMore() {
        if (!ended) {
            intake.go();
            request.resume();
            return;
        }
        if (!decoder.isComplete()) {
            end(new BodyOutcome(BodyOutcome.Kind.BROKEN, "the compressed body is truncated"));
            return;
        }
        splitter.end();
        sink.flush();
        endIfBroken();
        end(BodyOutcome.COMPLETE);
    }

    private void endIfBroken() {
        String broken = reader.broken();
        if (broken != null) {
            end(new BodyOutcome(BodyOutcome.Kind.BROKEN, broken));
        }
    }

    private void end(BodyOutcome how) {
        if (outcome != null) {
            return;
        }
        outcome = how;
        splitter.close();
        intake.go();
        if (!ended && how.kind() != BodyOutcome.Kind.ABORTED) {
            request.resume(); // the rest is passed over, or its sender would never come to read the answer
        }
        sink.finish().onComplete(stored -> {
            BodyOutcome became = stored.succeeded() ? how : unavailable(stored.cause());
            receipt.complete(new BodyReceipt(
                    became, sink.received(), sink.stored(), sink.deduplicated(), sink.rejected(), List.copyOf(errors)));
        });
    }

    private static BodyOutcome unavailable(Throwable cause) {
        return new BodyOutcome(
                BodyOutcome.Kind.UNAVAILABLE,
                cause instanceof RingUnavailableException ? "storage is unavailable" : "storage rejected the lines");
    }

    private void onDone() {
        decoder.close();
        lease.release();
        ingest.left(this);
        ingest.disconnected(device);
    }

    @Override
    public void rejected(long line, String reason) {
        if (errors.size() < MAX_ERRORS) {
            errors.add(new LineError(line, reason));
        }
    }

    @Override
    public void failed(Throwable cause) {
        end(unavailable(cause));
    }

    @Override
    public void refused() {
        end(new BodyOutcome(BodyOutcome.Kind.REFUSED, DeviceLimit.REASON));
    }

    private void expire(Lease.End why) {
        end(new BodyOutcome(BodyOutcome.Kind.UNAUTHORIZED, why.reason()));
    }

    @Override
    public Future<Void> leave() {
        end(new BodyOutcome(BodyOutcome.Kind.LEAVING, "the broker is shutting down; resend the rest"));
        return receipt.future().mapEmpty();
    }
}
