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
import dev.tailrace.metrics.Meters.Limit;
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
 * A device that streams lines over a WebSocket: text or binary frames, one or more lines per message, a line may span
 * fragments but not messages. Back-pressure is the socket's own: while the sink is full, nothing is read and TCP pushes
 * back to the device.
 */
public final class WebSocketIngest implements IngestServices.Connected, LineSink.Listener {

    private static final Logger log = LoggerFactory.getLogger(WebSocketIngest.class);

    /** The subprotocol in which each line is a message as it stands. */
    public static final String TEXT_PROTOCOL = "tailrace.text";

    private static final Buffer NOTHING = Buffer.buffer();

    /** The interval in which each device is pinged once. */
    private static final long PING_MILLIS = 20_000;

    private static final int PING_TICKS = 20;

    /** Read without giving other connections of the loop a turn. */
    private static final int TURN_BYTES = 256 * 1024;

    /** Pings without an answer after which a device that we do read is taken for gone. */
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
    private @Nullable Promise<Void> gone; // once somebody asks
    private Buffer frame = NOTHING;
    private int frameAt;
    private boolean frameEndsMessage;
    private boolean frameUnread; // some of it is not read yet; no other frame comes before it is
    private boolean answersWait; // to pings, more than the device reads
    private boolean paused;
    private boolean open = true; // our close frame is not sent
    private boolean closed;
    private int unansweredPings;
    private long unread; // bytes, as told to the budget
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
        this.splitter = new LineSplitter(ingest.options().lineBytes(), ingest.room(account), reader);
        this.intake = Intake.of(connection);
        this.frames = FrameStream.of(connection);
        this.pinged = shared.pings.join(this);
    }

    /** What the sockets of one event loop share. */
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
     * @param caller sends as long as it may
     * @param account whose share is taken by what the caller sends
     * @param producer turns on acknowledgements and the dropping of repetitions, or null
     * @param upgraded what was made the socket
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
                // Later, because behind each ping that it hands over Vert.x asks for one frame more, paused or not.
                ingest.vertx().runOnContext(nothing -> pauseWhileFull());
            }
            return; // pongs come here too
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

    // Vert.x answers each ping, and a device may not read the answers. One that only sends lines is read all the same.
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

    /** Reads the frame as far as the sink takes it, for a frame of four million newlines is four million lines. */
    private void read() {
        if (closed) {
            return; // and counts as paused no more
        }
        int turnEnd = frameAt + TURN_BYTES;
        while (frameUnread && frameAt < turnEnd && !sink.isFull()) {
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
            ingest.vertx().runOnContext(nothing -> read()); // after the other connections of the loop
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
        if (open) { // else its answer to the close, or that it is gone, would not be seen
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
            intake.go(); // first, for what waits may stop it again
            socket.resume();
        }
    }

    // A paused socket is not read, so its pongs are not seen, and silence proves nothing. It is pinged all the same:
    // its device sees that the broker is there, and the write notices a device that has gone.
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

    // ---- what the sink tells

    @Override
    public void handled(long seq) {
        ackDue = seq;
        acknowledge();
    }

    /** An acknowledgement that cannot be written now is made up for by the next, which covers it. */
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

    // Stored first, then the closing handshake: what the device sends until it answers the close is stored too.
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

    /** When the server stops listening, Vert.x closes each socket unless it has a handler for that. */
    private void holdOpen() {
        if (open && !socket.isClosed()) {
            socket.shutdownHandler(nothing -> {});
        }
    }

    private void close(short code, String reason) {
        if (open) {
            open = false;
            if (!socket.isClosed()) {
                socket.shutdownHandler(null); // or it would hold this close, too
            }
            socket.close(code, reason);
            intake.go(); // for the answer, or the sign that nobody is there
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
        frameUnread = false; // of a device that was reset while it was not read
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
                        done -> { // what came in is stored though its sender is gone
                            ingest.left(this);
                            if (gone != null) {
                                gone.complete();
                            }
                        });
    }
}
