package dev.tailrace.ingest;

import dev.tailrace.auth.Caller;
import dev.tailrace.auth.Lease;
import dev.tailrace.auth.Permission;
import dev.tailrace.metrics.Meters.Limit;
import dev.tailrace.model.DeviceId;
import dev.tailrace.ring.RingUnavailableException;
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
 * takes it; completes with a {@link Receipt} when all of it was handled.
 */
public final class HttpIngest implements Ingest.Connected, LineSink.Sender {

    /** Rejected lines that are named in the receipt; all are counted. */
    private static final int MAX_ERRORS = 20;

    /** Decoded without giving other connections of the loop a turn. */
    private static final int TURN_BYTES = 256 * 1024;

    /** How a body holds its lines. */
    public enum Format {
        NDJSON,
        ARRAY,
        TEXT,
        /** Lines with balena's fields, from a sender that waits while storage is away. */
        BALENA
    }

    /** What became of a body. */
    public record Receipt(
            Outcome outcome, long received, long stored, long deduplicated, long rejected, List<LineError> errors) {}

    /** One rejected line, counted from 1. */
    public record LineError(long line, String reason) {}

    /** How reading the body ended; {@code reason} is for the sender. */
    public record Outcome(Kind kind, String reason) {
        static final Outcome COMPLETE = new Outcome(Kind.COMPLETE, "");

        /** Of a body that cannot be decoded, or cannot be now. */
        static Outcome undecodable(Ingest ingest, IOException cause) {
            if (cause instanceof BodyDecoder.NoRoomException) {
                ingest.meters().refused(Limit.DECODER_BYTES);
                return new Outcome(Kind.UNAVAILABLE, IngestRoutes.FULL);
            }
            return new Outcome(Kind.BROKEN, String.valueOf(cause.getMessage()));
        }

        /** What the sender did or met. */
        public enum Kind {
            COMPLETE,
            /** The body is not of the form it claims; what came before is stored. */
            BROKEN,
            /** The body is over the limit; what came before is stored. */
            TOO_LARGE,
            /** Storage is unavailable for longer than it was waited for; what was counted as stored is stored. */
            UNAVAILABLE,
            /** The device is a new one, and there are too many. */
            REFUSED,
            /** The broker is going away. */
            LEAVING,
            /** What the sender may has ended; what came before is stored. */
            UNAUTHORIZED,
            /** The sender is gone. */
            ABORTED
        }
    }

    private final Ingest ingest;
    private final DeviceId device;
    private final HttpServerRequest request;
    private final BodyDecoder decoder;
    private final LineSink sink;
    private final LineReader reader;
    private final Splitter splitter;
    private final Intake intake;
    private final long bodyLimit;
    private final List<LineError> errors = new ArrayList<>();
    private final Promise<Receipt> receipt = Promise.promise();
    private Lease lease = Lease.ENDLESS;
    private long decodedBytes;
    private boolean ended;
    private boolean pumping;
    private boolean pumpAgain;
    private @Nullable Outcome outcome;

    private HttpIngest(
            Ingest ingest,
            Account account,
            DeviceId device,
            @Nullable String producer,
            Format format,
            BodyDecoder decoder,
            HttpServerRequest request) {
        this.ingest = ingest;
        this.device = device;
        this.request = request;
        this.decoder = decoder;
        LineSink.Patience patience = format == Format.BALENA ? LineSink.Patience.RETRY : LineSink.Patience.BRIEF;
        this.sink = new LineSink(ingest, account, device, patience, producer, this);
        Room room = ingest.room(account);
        int lineBytes = ingest.options().lineBytes();
        this.reader = format == Format.BALENA
                ? LineReader.ofBalena(ingest, sink, false)
                : new LineReader(ingest, sink, format == Format.TEXT);
        this.splitter = format == Format.ARRAY
                ? new ArraySplitter(lineBytes, room, reader)
                : new LineSplitter(lineBytes, room, reader);
        this.intake = Intake.of(request.connection());
        this.bodyLimit = format == Format.ARRAY ? ingest.options().bodyBytes() : Long.MAX_VALUE;
    }

    /**
     * Reads the request's body; call before it flows.
     *
     * @return what became of it, or null when the Content-Encoding is none of gzip, zstd, identity
     */
    public static @Nullable Future<Receipt> read(
            Ingest ingest, RoutingContext call, DeviceId device, @Nullable String producer, Format format) {
        HttpServerRequest request = call.request();
        BodyDecoder decoder = ingest.decoder(call, request.getHeader("Content-Encoding"));
        if (decoder == null) {
            return null;
        }
        var body = new HttpIngest(ingest, Ingest.account(call), device, producer, format, decoder, request);
        ingest.joined(body);
        ingest.connected(device);
        body.lease = Caller.of(call).lease(Permission.LOGS_WRITE, List.of(device), body::expire);
        body.listen();
        return body.receipt.future().onComplete(done -> body.onDone());
    }

    private void listen() {
        sink.onDrain(this::pump);
        request.exceptionHandler(cause -> end(new Outcome(Outcome.Kind.ABORTED, "the connection broke")));
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
                end(Outcome.undecodable(ingest, invalid));
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
            end(new Outcome(Outcome.Kind.TOO_LARGE, "a JSON array has at most " + bodyLimit + " bytes"));
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
            end(new Outcome(Outcome.Kind.BROKEN, "the compressed body is cut off"));
            return;
        }
        splitter.end();
        sink.flush();
        endIfBroken();
        end(Outcome.COMPLETE);
    }

    private void endIfBroken() {
        String broken = reader.broken();
        if (broken != null) {
            end(new Outcome(Outcome.Kind.BROKEN, broken));
        }
    }

    private void end(Outcome how) {
        if (outcome != null) {
            return;
        }
        outcome = how;
        splitter.close();
        intake.go();
        if (!ended && how.kind() != Outcome.Kind.ABORTED) {
            request.resume(); // the rest is passed over, or its sender would never come to read the answer
        }
        sink.finish().onComplete(stored -> {
            Outcome became = stored.succeeded() ? how : unavailable(stored.cause());
            receipt.complete(new Receipt(
                    became, sink.received(), sink.stored(), sink.deduplicated(), sink.rejected(), List.copyOf(errors)));
        });
    }

    private static Outcome unavailable(Throwable cause) {
        return new Outcome(
                Outcome.Kind.UNAVAILABLE,
                cause instanceof RingUnavailableException ? "storage is unavailable" : "storage refused the lines");
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
        end(new Outcome(Outcome.Kind.REFUSED, DeviceLimit.REASON));
    }

    private void expire(Lease.End why) {
        end(new Outcome(Outcome.Kind.UNAUTHORIZED, why.reason()));
    }

    @Override
    public Future<Void> leave() {
        end(new Outcome(Outcome.Kind.LEAVING, "the broker is going away; send the rest again"));
        return receipt.future().mapEmpty();
    }
}
