package dev.tailrace.ingest.body;

import dev.tailrace.auth.Caller;
import dev.tailrace.auth.Lease;
import dev.tailrace.auth.Permission;
import dev.tailrace.ingest.IngestServices;
import dev.tailrace.ingest.Intake;
import dev.tailrace.metrics.Limit;
import dev.tailrace.model.DeviceId;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the body of a request, only as fast as its {@link Format} takes it. Formats have no other way to a body, so
 * every body has a limit, ends with its sender's credential, is asked to end when the broker shuts down, and leaves
 * other connections of the event loop their share of time. Touched on the request's event loop only.
 *
 * @param <R> what the sender's response is made of
 */
public final class BodyReader<R> implements IngestServices.Connected {

    /** Bytes of a stream that are stored before other connections of the event loop are read. */
    private static final int SLICE_BYTES = 256 * 1024;

    /** The same for a document: its bytes are only collected, which takes much less time than to store them. */
    private static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    /** What differs between bodies: how lines are found in the bytes, and where they go. */
    public interface Format<R> {

        /** Whether the format takes more bytes now. If not, it calls {@link BodyReader#proceed} when it does. */
        boolean isReady();

        /** Takes the next {@code length} bytes, after decompression; they are valid during the call. */
        void take(byte[] bytes, int length) throws IOException;

        /**
         * Called when the whole body was taken, and again upon each {@link BodyReader#proceed} until the format calls
         * {@link BodyReader#end}.
         */
        void complete() throws IOException;

        /** Why the body is broken, for its sender, when the decoder or the format itself threw {@code cause}. */
        default String broken(IOException cause) {
            return String.valueOf(cause.getMessage());
        }

        /**
         * Releases the memory that the unread part of the body takes. The body has ended; only the two calls below
         * follow.
         */
        void release();

        /** Completes when all lines taken are stored, and fails when some are given up. */
        Future<Void> finish();

        /** What the sender is answered. */
        R receipt(BodyOutcome outcome);
    }

    private static final Logger log = LoggerFactory.getLogger(BodyReader.class);

    private final IngestServices ingest;
    private final HttpServerRequest request;
    private final BodyDecoder decoder;
    private final BodyShape shape;
    private final Intake intake;
    private final Format<R> format;
    private final Promise<R> receipt = Promise.promise();
    private Lease lease = Lease.ENDLESS;
    private long decodedBytes;
    private boolean ended; // all of the body has arrived
    private boolean pumping;
    private boolean pumpAgain;
    private boolean sliceWaits;
    private @Nullable BodyOutcome outcome;

    private BodyReader(
            IngestServices ingest,
            HttpServerRequest request,
            BodyDecoder decoder,
            BodyShape shape,
            Function<BodyReader<R>, Format<R>> format) {
        this.ingest = ingest;
        this.request = request;
        this.decoder = decoder;
        this.shape = shape;
        this.intake = Intake.of(request.connection());
        this.format = format.apply(this);
    }

    /**
     * Reads the body of a request; call before it flows.
     *
     * @param decoder undoes the Content-Encoding; closed in the end
     * @param format makes the format of this body
     * @return completes when all that the format took is stored or given up; fails when the format failed
     */
    public static <R> Future<R> read(
            IngestServices ingest,
            RoutingContext call,
            BodyDecoder decoder,
            BodyShape shape,
            Function<BodyReader<R>, Format<R>> format) {
        var body = new BodyReader<>(ingest, call.request(), decoder, shape, format);
        body.register(Caller.of(call));
        body.listen();
        return body.receipt.future().onComplete(done -> body.unregister());
    }

    private void register(Caller caller) {
        DeviceId device = shape.device();
        ingest.joined(this);
        if (device != null) {
            ingest.connected(device);
        }
        lease = caller.lease(Permission.LOGS_WRITE, device == null ? List.of() : List.of(device), this::expire);
    }

    private void unregister() {
        lease.release();
        ingest.left(this);
        if (shape.device() != null) {
            ingest.disconnected(shape.device());
        }
    }

    private void listen() {
        request.exceptionHandler(cause -> end(new BodyOutcome(BodyOutcome.Kind.ABORTED, "the connection was lost")));
        request.handler(this::onChunk);
        request.endHandler(nothing -> {
            ended = true;
            pumpInTurn();
        });
        String length = request.getHeader("Content-Length");
        if (ingest.isDraining()) {
            leave();
        } else if (length != null && Long.parseLong(length) > shape.limit()) {
            endTooLarge();
        }
        request.resume();
    }

    private void onChunk(Buffer chunk) {
        if (outcome != null) {
            return;
        }
        decoder.input(chunk.getBytes());
        request.pause();
        pumpInTurn();
    }

    private void pumpInTurn() {
        if (shape.isDocument()) {
            ingest.slices().run(this::proceed);
        } else {
            proceed();
        }
    }

    /** Reads on, as far as the format takes it. */
    public void proceed() {
        if (outcome != null) {
            return;
        }
        if (pumping) {
            pumpAgain = true; // called within the loop below, by a waiting chunk or by storage that answered at once
            return;
        }
        pumping = true;
        try {
            do {
                pumpAgain = false;
                pump();
            } while (pumpAgain);
        } catch (IOException unreadable) {
            end(outcomeOf(unreadable));
        } catch (RuntimeException failure) {
            fail(failure);
        } finally {
            pumping = false;
            releaseIfOver();
        }
    }

    /** Reads on after other work of the event loop has had its share of time. */
    public void proceedLater() {
        if (!sliceWaits) {
            sliceWaits = true;
            ingest.slices().next(() -> {
                sliceWaits = false;
                proceed();
            });
        }
    }

    private void pump() throws IOException {
        byte[] piece = ingest.piece();
        long begun = shape.isDocument() ? System.nanoTime() : 0;
        int taken = 0;
        while (outcome == null && !sliceWaits && format.isReady()) {
            if (shape.isDocument() ? System.nanoTime() - begun > SLICE_NANOS : taken >= SLICE_BYTES) {
                proceedLater();
                return;
            }
            int count = decoder.read(piece);
            if (count == 0) {
                onDecoded();
                return;
            }
            taken += count;
            take(piece, count);
        }
        if (outcome == null && !sliceWaits) {
            intake.stop();
        }
    }

    private void take(byte[] piece, int count) throws IOException {
        decodedBytes += count;
        if (decodedBytes > shape.limit()) {
            endTooLarge();
        } else {
            format.take(piece, count);
        }
    }

    /** All that has arrived is taken. */
    private void onDecoded() throws IOException {
        if (!ended) {
            intake.go();
            request.resume();
        } else if (decoder.isComplete()) {
            format.complete();
        } else {
            end(new BodyOutcome(BodyOutcome.Kind.BROKEN, "the compressed body is truncated"));
        }
    }

    // ---- the end

    private BodyOutcome outcomeOf(IOException unreadable) {
        if (unreadable instanceof BodyDecoder.NoRoomException) {
            ingest.meters().refused(Limit.DECODER_BYTES);
            return new BodyOutcome(BodyOutcome.Kind.UNAVAILABLE, BodyResponses.FULL);
        }
        return new BodyOutcome(BodyOutcome.Kind.BROKEN, format.broken(unreadable));
    }

    /** The body is longer than its limit. */
    public void endTooLarge() {
        end(new BodyOutcome(BodyOutcome.Kind.TOO_LARGE, shape.tooLarge()));
    }

    /** The memory for unfinished input is used up; the sender is asked to send again. */
    public void endWithoutRoom() {
        ingest.meters().refused(Limit.PENDING_BYTES);
        end(new BodyOutcome(BodyOutcome.Kind.UNAVAILABLE, BodyResponses.FULL));
    }

    /**
     * Ends the body, unless it has ended: nothing more is read, and the sender is answered when what was taken is
     * stored.
     */
    public void end(BodyOutcome how) {
        if (outcome == null) {
            stop(how);
            format.finish()
                    .onComplete(stored -> receipt.complete(
                            format.receipt(stored.succeeded() ? how : BodyOutcome.unavailable(stored.cause()))));
        }
    }

    private void fail(RuntimeException failure) {
        if (outcome != null) {
            log.error("The reader of a body failed after its end", failure);
            return;
        }
        stop(BodyOutcome.COMPLETE);
        format.finish().onComplete(done -> receipt.fail(failure)); // without it, the sender would wait for ever
    }

    private void stop(BodyOutcome how) {
        outcome = how;
        releaseIfOver();
        intake.go();
        if (!ended && how.kind() != BodyOutcome.Kind.ABORTED) {
            request.resume(); // the rest is skipped: a sender that writes all before it reads must come to the response
        }
    }

    /** Whether the body has ended; nothing more of it is to be stored then. */
    public boolean isOver() {
        return outcome != null;
    }

    private void releaseIfOver() {
        if (outcome != null && !pumping) {
            format.release();
            decoder.close();
        }
    }

    /**
     * A document that is whole waits for nothing from its sender, so neither a credential nor the broker's shutdown
     * ends it.
     */
    private boolean isWhole() {
        return shape.isDocument() && ended;
    }

    private void expire(Lease.End why) {
        if (!isWhole()) {
            end(new BodyOutcome(BodyOutcome.Kind.UNAUTHORIZED, why.reason()));
        }
    }

    @Override
    public Future<Void> leave() {
        if (!isWhole()) {
            String reason = "the broker is shutting down" + (shape.isDocument() ? "" : "; resend the rest");
            end(new BodyOutcome(BodyOutcome.Kind.LEAVING, reason));
        }
        return receipt.future().<Void>mapEmpty().otherwiseEmpty(); // the caller of read reports a failure
    }
}
