package dev.tailrace.ingest.lines;

import dev.tailrace.ingest.Account;
import dev.tailrace.ingest.DeviceNames;
import dev.tailrace.ingest.DeviceSinks;
import dev.tailrace.ingest.IngestServices;
import dev.tailrace.ingest.LineSink;
import dev.tailrace.ingest.Rejection;
import dev.tailrace.metrics.Limit;
import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A TCP connection of a protocol without responses, such as syslog; read only as fast as storage takes it. Subclasses
 * find the messages and read them. Touched on the connection's event loop only.
 */
public abstract class SenderConnection implements IngestServices.Connected, LineSink.Listener, Splitter.Lines {

    private static final Logger log = LoggerFactory.getLogger(SenderConnection.class);

    private final IngestServices ingest;
    private final NetSocket socket;
    private final String protocol;
    private final DeviceId peer;
    private final DeviceSinks sinks;
    private final long idleMillis;
    private long lastPiece = System.nanoTime();
    private boolean paused;
    private boolean closed;
    private @Nullable Future<Void> finished;

    /**
     * @param protocol its name, for the log
     * @param idle a connection without a byte for this long is closed, unless it is paused
     */
    protected SenderConnection(IngestServices ingest, NetSocket socket, String protocol, Duration idle) {
        this.ingest = ingest;
        this.socket = socket;
        this.protocol = protocol;
        this.peer = DeviceNames.ofAddress(socket.remoteAddress());
        Account account = IngestServices.account(socket.remoteAddress());
        this.sinks = new DeviceSinks(ingest, account, LineSink.OnUnavailable.RETRY, this);
        this.idleMillis = idle.toMillis();
    }

    /** Whether a new connection is to be closed at once. */
    public static boolean isRefused(IngestServices ingest, NetSocket socket) {
        return ingest.isDraining() || ingest.isFull(socket.remoteAddress());
    }

    /** Finds the messages in what the connection brings; hands them to this object. */
    protected abstract Splitter framing();

    /** Takes a piece; may {@link #refuse} the connection. */
    protected abstract void take(byte[] piece);

    /** Reads the connection; call once. */
    protected final void listen() {
        ingest.joined(this);
        closeWhenIdle(idleMillis);
        sinks.onDrain(this::resume);
        socket.exceptionHandler(cause -> log.debug("A {} connection failed: {}", protocol, cause.getMessage()));
        socket.handler(this::onPiece);
        socket.endHandler(nothing -> finish());
        socket.closeHandler(nothing -> {
            closed = true;
            if (!paused) {
                finish(); // a paused connection first reads the bytes that have arrived
            }
        });
    }

    private void onPiece(Buffer piece) {
        if (isOver()) {
            return;
        }
        lastPiece = System.nanoTime();
        take(piece.getBytes());
        if (isOver()) {
            return;
        }
        sinks.flush();
        if (!paused && sinks.isFull()) {
            paused = true;
            socket.pause();
            ingest.meters().devicePaused();
        }
    }

    private void closeWhenIdle(long afterMillis) {
        ingest.vertx().setTimer(Math.max(1, afterMillis), id -> {
            long left = idleMillis - quietMillis();
            if (!isOver() && (paused || left > 0)) {
                closeWhenIdle(paused ? idleMillis : left);
            } else if (!isOver()) {
                ingest.meters().refused(Limit.SYSLOG_IDLE);
                closeSocket(); // the close handler finishes
            }
        });
    }

    private void closeSocket() {
        socket.close().onFailure(cause -> log.debug("A {} connection did not close: {}", protocol, cause.getMessage()));
    }

    private void resume() {
        if (paused) {
            paused = false;
            lastPiece = System.nanoTime();
            ingest.meters().deviceResumed();
            socket.resume();
        }
    }

    // ---- for subclasses

    protected final IngestServices ingest() {
        return ingest;
    }

    protected final DeviceSinks sinks() {
        return sinks;
    }

    /** The device of messages that name none: the address of the sender. */
    protected final DeviceId peer() {
        return peer;
    }

    /** Whether nothing more is read. */
    protected final boolean isOver() {
        return finished != null;
    }

    protected final boolean isPaused() {
        return paused;
    }

    /** Milliseconds since the last byte came, or since reading was resumed. */
    protected final long quietMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - lastPiece);
    }

    /** Closes the connection; nothing more of it is read. */
    protected final void refuse() {
        finished = leaveSinks();
        closeSocket();
    }

    /** Counts a message that cannot be stored. */
    protected final void reject(Rejection kind, String reason) {
        sinks.of(peer).reject(kind, reason, Batch.NO_SEQ);
    }

    // ---- messages

    @Override
    public final void tooLong() {
        reject(Rejection.TOO_LONG, "too long");
    }

    @Override
    public final void noRoom() {
        reject(Rejection.UNAVAILABLE, "no memory left");
    }

    @Override
    public final void rejected(long line, String reason) {
        // The protocol has no response; the metrics count the line.
    }

    // ---- the end

    private Future<Void> finish() {
        Future<Void> already = finished;
        if (already != null) {
            return already;
        }
        framing().end();
        if (paused) {
            paused = false;
            ingest.meters().deviceResumed();
        }
        Future<Void> left = leaveSinks();
        finished = left;
        return left;
    }

    private Future<Void> leaveSinks() {
        framing().close();
        return sinks.finish().otherwiseEmpty().onComplete(done -> ingest.left(this));
    }

    /**
     * The lines that were read are stored before the connection closes, because the close is the only response that the
     * sender gets.
     */
    @Override
    public final Future<Void> leave() {
        return finish().eventually(() -> closed ? Future.succeededFuture() : socket.close());
    }
}
