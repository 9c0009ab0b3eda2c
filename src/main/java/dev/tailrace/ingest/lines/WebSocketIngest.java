package dev.tailrace.ingest.lines;

import dev.tailrace.auth.Caller;
import dev.tailrace.auth.Lease;
import dev.tailrace.auth.Permission;
import dev.tailrace.broker.Wheel;
import dev.tailrace.ingest.Account;
import dev.tailrace.ingest.DeviceLimit;
import dev.tailrace.ingest.IngestServices;
import dev.tailrace.ingest.Intake;
import dev.tailrace.ingest.LineSink;
import dev.tailrace.metrics.Limit;
import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrame;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A device that streams lines over a WebSocket, in text or binary frames with one or more lines per message; a line may
 * span fragments but not messages. While the sink is full, the socket is not read, and TCP pushes back to the device.
 */
public final class WebSocketIngest implements IngestServices.Connected, LineSink.Listener {

    private static final Logger log = LoggerFactory.getLogger(WebSocketIngest.class);

    /** The subprotocol in which each line is plain text. */
    public static final String TEXT_PROTOCOL = "tailrace.text";

    private static final Buffer NOTHING = Buffer.buffer();

    /** The interval between two pings to a device. */
    private static final long PING_MILLIS = 20_000;

    private static final int PING_TICKS = 20;

    /** Bytes of a frame that are read before other connections of the event loop are read. */
    private static final int SLICE_BYTES = 256 * 1024;

    /** Pings without an answer after which a device is considered gone, while it is read. */
    private static final int SILENT_PINGS = 3;

    private static final short GOING_AWAY = 1001;
    private static final short POLICY_VIOLATION = 1008;
    private static final short TOO_BIG = 1009;
    private static final short INTERNAL_ERROR = 1011;

    private final IngestServices ingest;
    private final DeviceId device;
    private final ServerWebSocket socket;
    private final LineSink sink;
    private final Splitter splitter;
    private final Set<WebSocketIngest> pinged;
    private final Intake intake;
    private final FrameStream frames;
    private Lease lease = Lease.ENDLESS;
    private @Nullable Promise<Void> gone; // when asked to leave
    private Buffer frame = NOTHING;
    private int frameAt;
    private boolean frameEndsMessage;
    private boolean frameUnread; // part of it is not read yet; the next frame comes after that
    private boolean answersWait; // pongs wait that the device does not read
    private boolean paused;
    private boolean open = true; // the broker has not sent a close frame
    private boolean closed;
    private int unansweredPings;
    private long unread; // bytes, as counted in the budget
    private long ackDue = Batch.NO_SEQ;

    private WebSocketIngest(
            IngestServices ingest,
            Account account,
            DeviceId device,
            @Nullable String producer,
            Shared shared,
            HttpConnection connection,
            ServerWebSocket socket) {
        this.ingest = ingest;
        this.device = device;
        this.socket = socket;
        this.sink = new LineSink(ingest, account, device, LineSink.OnUnavailable.RETRY, producer, this);
        boolean text = TEXT_PROTOCOL.equals(socket.subProtocol());
        LineReader reader = text ? shared.readers.text(sink) : shared.readers.json(sink);
        int lineBytes = ingest.options().lineBytes();
        this.splitter = text
                ? new LineSplitter(lineBytes, ingest.room(account), reader)
                : new JsonSplitter(lineBytes, ingest.room(account), false, reader);
        this.intake = Intake.of(connection);
        this.frames = FrameStream.of(connection);
        this.pinged = shared.pings.join(this);
    }

    /** The parsers and the ping timer that the sockets of one event loop share. */
    public static final class Shared {

        private final LineReaders readers;
        private final Wheel<WebSocketIngest> pings;

        public Shared(Vertx vertx, LineReaders readers) {
            this.readers = readers;
            this.pings =
                    new Wheel<>(vertx, PING_MILLIS, PING_TICKS, WebSocketIngest::ping, WebSocketIngest::pingFailed);
        }
    }

    /**
     * Serves an accepted socket until it closes.
     *
     * @param caller the socket is closed when its credential ends
     * @param account whose share of the budget is taken by the lines of the caller
     * @param producer turns on acknowledgements and deduplication, or null
     * @param upgraded the connection that became the socket
     */
    static void serve(
            IngestServices ingest,
            Caller caller,
            Account account,
            DeviceId device,
            @Nullable String producer,
            Shared shared,
            HttpConnection upgraded,
            ServerWebSocket socket) {
        var connection = new WebSocketIngest(ingest, account, device, producer, shared, upgraded, socket);
        ingest.joined(connection);
        ingest.connected(device);
        connection.lease = caller.lease(Permission.LOGS_WRITE, List.of(device), connection::expire);
        connection.listen();
        if (ingest.isDraining()) {
            connection.leave();
        }
    }

    private void listen() {
        sink.onDrain(this::read);
        socket.frameHandler(this::onFrame);
        socket.pongHandler(pong -> unansweredPings = 0);
        socket.drainHandler(nothing -> onDrained());
        socket.exceptionHandler(this::onException);
        socket.closeHandler(nothing -> onClosed());
    }

    private void onFrame(WebSocketFrame received) {
        if (!received.isText() && !received.isBinary() && !received.isContinuation()) {
            if (received.isPing() && isFull()) {
                // Later, because after each ping Vert.x requests one more frame, even when the socket is paused.
                ingest.vertx().runOnContext(nothing -> pauseWhileFull());
            }
            return; // also for pongs
        }
        unansweredPings = 0;
        frame = received.binaryData();
        frames.taken(frame.length());
        frameAt = 0;
        frameEndsMessage = received.isFinal();
        frameUnread = true;
        read();
    }

    private boolean isFull() {
        return !socket.isClosed() && socket.writeQueueFull();
    }

    // Vert.x answers each ping, and a device may not read the pongs. A device that only sends lines is read
    // nevertheless.
    private void pauseWhileFull() {
        if (isFull()) {
            answersWait = true;
            read();
        }
    }

    private void onDrained() {
        answersWait = false;
        acknowledge();
        read();
    }

    /** Reads the frame as far as the sink takes it, because a frame of four million newlines has four million lines. */
    private void read() {
        if (closed) {
            return; // onClosed has counted it as resumed
        }
        int sliceEnd = frameAt + SLICE_BYTES;
        while (frameUnread && frameAt < sliceEnd && !sink.isFull()) {
            readPiece();
        }
        if (frameUnread || sink.isFull() || answersWait) {
            pause();
        } else {
            resume();
        }
        if (paused || unread != 0) {
            countUnread();
        }
        if (frameUnread && !sink.isFull()) {
            ingest.vertx().runOnContext(nothing -> read()); // after the other connections of the event loop
        }
    }

    private void readPiece() {
        int length = Math.min(frame.length() - frameAt, IngestServices.PIECE_BYTES);
        byte[] piece = ingest.piece();
        frame.getBytes(frameAt, frameAt + length, piece);
        frameAt += length;
        boolean last = frameAt == frame.length();
        if (last) {
            frameUnread = false;
            frame = NOTHING;
            frameAt = 0;
        }
        if (last && frameEndsMessage) {
            splitter.end(piece, 0, length);
        } else {
            splitter.feed(piece, 0, length);
        }
        sink.flushLater();
    }

    private void countUnread() {
        long now = closed ? 0 : frames.unread() + frame.length() - frameAt;
        if (now != unread) {
            ingest.budget().unread(now - unread);
            unread = now;
        }
    }

    private void pause() {
        if (open) { // after the close frame, the device's answer or the end of the connection must still be read
            intake.stop();
        }
        if (!paused) {
            paused = true;
            socket.pause();
            ingest.meters().devicePaused();
        }
    }

    private void resume() {
        if (paused && !closed) {
            paused = false;
            unansweredPings = 0;
            ingest.meters().deviceResumed();
            intake.go(); // first, because waiting frames may stop it again
            socket.resume();
        }
    }

    // A paused socket is not read, so its pongs are not seen, and silence proves nothing. It is pinged nevertheless:
    // the device sees that the broker is alive, and the write detects a device that has gone.
    private void ping() {
        if (!paused && unansweredPings++ == SILENT_PINGS) {
            socket.close(GOING_AWAY, "no response to pings");
        } else if (!paused || mayWrite()) {
            socket.writePing(Buffer.buffer("tailrace"));
        }
    }

    private void pingFailed(Throwable failure) {
        try {
            close(INTERNAL_ERROR, "internal error");
        } finally {
            ingest.broker().failures().ofSender(failure);
        }
    }

    // ---- reports of the sink

    @Override
    public void handled(long seq) {
        ackDue = seq;
        acknowledge();
    }

    /** An acknowledgement that cannot be written now is skipped, because the next one covers it. */
    private void acknowledge() {
        if (ackDue != Batch.NO_SEQ && mayWrite()) {
            socket.writeTextMessage("{\"ack\":" + ackDue + "}");
            ackDue = Batch.NO_SEQ;
        }
    }

    private boolean mayWrite() {
        return open && !socket.isClosed() && !socket.writeQueueFull();
    }

    @Override
    public void rejected(long line, String reason) {
        if (mayWrite()) {
            socket.writeTextMessage("{\"error\":{\"line\":" + line + ",\"reason\":\"" + reason + "\"}}");
        }
    }

    @Override
    public void failed(Throwable cause) {
        close(INTERNAL_ERROR, "storage rejected the lines; unacknowledged lines are not stored");
    }

    @Override
    public void refused() {
        close(POLICY_VIOLATION, DeviceLimit.REASON);
    }

    // ---- the end

    // First the lines are stored, then the closing handshake begins. Lines that the device sends until it answers are
    // stored as well.
    @Override
    public Future<Void> leave() {
        if (gone == null) {
            gone = Promise.promise();
        }
        holdOpen();
        closeWhenSettled(GOING_AWAY, "the broker is shutting down; reconnect");
        return gone.future();
    }

    @Override
    public void leaveNow() {
        close(GOING_AWAY, "the broker is shutting down; reconnect and resend unacknowledged lines");
    }

    private void expire(Lease.End why) {
        closeWhenSettled(POLICY_VIOLATION, why.reason());
    }

    private void closeWhenSettled(short code, String reason) {
        sink.settled().onComplete(settled -> {
            acknowledge();
            close(code, reason);
        });
    }

    /** When the server stops listening, Vert.x closes each socket that has no handler for it. */
    private void holdOpen() {
        if (open && !socket.isClosed()) {
            socket.shutdownHandler(nothing -> {});
        }
    }

    private void close(short code, String reason) {
        if (open) {
            open = false;
            if (!socket.isClosed()) {
                socket.shutdownHandler(null); // because it would also hold this close
            }
            socket.close(code, reason);
            intake.go(); // for the device's answer, or the end of the connection
        }
    }

    private void onException(Throwable cause) {
        log.debug("Device {}: {}", device, cause.getMessage());
        if (cause instanceof CorruptedWebSocketFrameException corrupt) {
            int code = corrupt.closeStatus().code();
            if (code == TOO_BIG) {
                ingest.meters().refused(Limit.FRAME_BYTES);
            }
            close(
                    (short) code,
                    code == TOO_BIG
                            ? "a frame has at most " + ingest.options().frameBytes() + " bytes"
                            : "not a valid WebSocket frame");
        }
    }

    private void onClosed() {
        open = false;
        closed = true;
        frameUnread = false; // the connection was reset while it was not read
        frame = NOTHING;
        frameAt = 0;
        countUnread();
        splitter.close();
        pinged.remove(this);
        lease.release();
        ingest.disconnected(device);
        if (paused) {
            paused = false;
            ingest.meters().deviceResumed();
        }
        sink.finish()
                .onComplete(
                        done -> { // lines that arrived are stored although the device is gone
                            ingest.left(this);
                            if (gone != null) {
                                gone.complete();
                            }
                        });
    }
}
