package dev.tailrace.ingest;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import dev.tailrace.auth.Caller;
import dev.tailrace.ingest.HttpIngest.LineError;
import dev.tailrace.ingest.HttpIngest.Outcome;
import dev.tailrace.ingest.HttpIngest.Receipt;
import dev.tailrace.metrics.Meters.Limit;
import dev.tailrace.metrics.Meters.Rejection;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Line;
import dev.tailrace.ring.RingUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A request body that is one document of records of many devices. Read whole, but never more than the limit of it; then its
 * records are decoded as fast as storage takes them, and it completes when all are stored.
 */
final class RecordsPost implements Ingest.Connected, LineSink.Sender, Records.Taker {

    /** Rejected records that are named in the receipt; all are counted. */
    private static final int MAX_ERRORS = 5;

    /** Decoded without giving other connections of the loop a turn. */
    private static final long TURN_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private static final int STEPS_PER_LOOK = 64;

    /** A larger document would never fit, for while it is copied it is held twice, in half of what may be held in all. */
    private static final int SHARE_OF_PENDING = 4;

    /** What a body is. */
    interface Format {
        Records of(byte[] body, Records.Taker taker) throws IOException;
    }

    private final Ingest ingest;
    private final HttpServerRequest request;
    private final BodyDecoder decoder;
    private final boolean snappy;
    private final Format format;
    private final Admission admission;
    private final DeviceSinks sinks;
    private final long limit;
    private final List<LineError> errors = new ArrayList<>();
    private final Promise<Receipt> receipt = Promise.promise();
    private final Carry body; // until it is whole
    private long budgeted; // of what comes of it
    private boolean ended;
    private boolean pumping;
    private boolean exhausted;
    private @Nullable SnappyBlock block;
    private @Nullable Records records;
    private @Nullable Outcome outcome;
    private long taken;
    private long invalid;

    private RecordsPost(Ingest ingest, RoutingContext call, BodyDecoder decoder, boolean snappy, Format format) {
        this.ingest = ingest;
        this.request = call.request();
        this.admission = new Admission(Caller.of(call), this::pump, this::unknown);
        this.decoder = decoder;
        this.snappy = snappy;
        this.format = format;
        this.sinks = new DeviceSinks(ingest, LineSink.Patience.BRIEF, this);
        this.body = new Carry(ingest.budget());
        long room = Math.min(ingest.options().pendingBytes() / SHARE_OF_PENDING, Integer.MAX_VALUE - 16);
        this.limit = Math.min(ingest.options().bodyBytes(), room);
    }

    /**
     * Reads the request's body; call before it flows.
     *
     * @param decoder undoes the Content-Encoding; closed in the end
     * @param snappy whether what comes out is one Snappy block
     */
    static Future<Receipt> read(
            Ingest ingest, RoutingContext call, BodyDecoder decoder, boolean snappy, Format format) {
        var post = new RecordsPost(ingest, call, decoder, snappy, format);
        ingest.joined(post);
        post.listen();
        return post.receipt.future().onComplete(done -> post.onDone());
    }

    private void listen() {
        sinks.onDrain(this::pump);
        request.exceptionHandler(cause -> end(new Outcome(Outcome.Kind.ABORTED, "the connection broke")));
        request.handler(this::onChunk);
        request.endHandler(nothing -> onEnd());
        String header = request.getHeader("Content-Length");
        if (header != null && Long.parseLong(header) > limit) {
            tooLarge();
        }
        request.resume();
    }

    private void tooLarge() {
        end(new Outcome(Outcome.Kind.TOO_LARGE, "a body has at most " + limit + " bytes, expanded"));
    }

    // ---- the body

    private void onChunk(Buffer chunk) {
        if (outcome != null) {
            return;
        }
        decoder.input(chunk.getBytes());
        request.pause();
        expand();
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
                    ingest.vertx().runOnContext(nothing -> expand());
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
        } else if (!body.add(piece, 0, count, (int) limit)) {
            noRoom();
        }
    }

    /** Takes part in what is held in all; who cannot be held is asked to come again. */
    private boolean hold(long bytes) {
        if (!ingest.budget().hold(bytes)) {
            noRoom();
            return false;
        }
        budgeted += bytes;
        return true;
    }

    private void noRoom() {
        ingest.meters().refused(Limit.PENDING_BYTES);
        end(new Outcome(Outcome.Kind.UNAVAILABLE, IngestRoutes.FULL));
    }

    private void onEnd() {
        ended = true;
        if (outcome != null) {
            return;
        }
        if (!decoder.isComplete()) {
            end(new Outcome(Outcome.Kind.BROKEN, "the compressed body is cut off"));
            return;
        }
        try {
            if (!hold(body.length())) {
                return;
            }
            byte[] whole = Arrays.copyOf(body.bytes(), body.length());
            body.clear();
            if (snappy) {
                int size = SnappyBlock.size(whole, limit);
                if (!hold(size)) {
                    return;
                }
                block = new SnappyBlock(whole, size);
            } else {
                records = format.of(whole, this);
            }
            pump();
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
            outcome = Outcome.COMPLETE;
            sinks.finish().onComplete(done -> receipt.fail(ours)); // or its sender would wait for ever
        } finally {
            pumping = false;
        }
    }

    private void decode() throws IOException {
        long from = System.nanoTime();
        boolean more = !exhausted;
        while (more && outcome == null) {
            for (int i = 0; more && i < STEPS_PER_LOOK; i++) {
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
                ingest.vertx().runOnContext(nothing -> pump());
                return;
            }
        }
        sinks.flush();
        end(Outcome.COMPLETE);
    }

    private boolean step() throws IOException {
        if (records != null) {
            return records.step();
        }
        if (block != null && !block.step()) {
            records = format.of(block.bytes(), this);
            block = null;
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
                sinks.of(device).accept(line, LineParser.NO_SEQ);
            } else {
                rejected(Rejection.FORBIDDEN, "no such device, or it is not yours");
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

    // ---- the end

    private void broken(IOException spoilt) {
        end(new Outcome(Outcome.Kind.BROKEN, "it cannot be read: " + reason(spoilt)));
    }

    /** Without what the parser quotes of the body. */
    private static String reason(IOException spoilt) {
        if (spoilt instanceof JsonProcessingException json) {
            JsonLocation at = json.getLocation();
            return "not valid JSON" + (at == null ? "" : " at byte " + at.getByteOffset());
        }
        return String.valueOf(spoilt.getMessage());
    }

    private void end(Outcome how) {
        if (outcome != null) {
            return;
        }
        outcome = how;
        if (!ended && how.kind() != Outcome.Kind.ABORTED) {
            request.resume(); // the rest is passed over, or its sender would never come to read the answer
        }
        sinks.finish().onComplete(stored -> {
            Outcome became = stored.succeeded() ? how : unavailable(stored.cause());
            receipt.complete(
                    new Receipt(became, taken, sinks.stored(), 0, invalid + sinks.rejected(), List.copyOf(errors)));
        });
    }

    private void unknown(Throwable cause) {
        end(
                cause instanceof RingUnavailableException
                        ? unavailable(cause)
                        : new Outcome(Outcome.Kind.UNAVAILABLE, "it cannot be told now which devices are yours"));
    }

    private static Outcome unavailable(Throwable cause) {
        return new Outcome(
                Outcome.Kind.UNAVAILABLE,
                cause instanceof RingUnavailableException ? "storage is unavailable" : "storage refused the lines");
    }

    private void onDone() {
        decoder.close();
        body.clear();
        ingest.budget().release(budgeted);
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

    @Override
    public Future<Void> leave() {
        if (!ended) {
            end(new Outcome(Outcome.Kind.LEAVING, "the broker is going away"));
        }
        return receipt.future().mapEmpty();
    }
}
