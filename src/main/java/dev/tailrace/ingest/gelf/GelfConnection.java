package dev.tailrace.ingest.gelf;

import dev.tailrace.ingest.Account;
import dev.tailrace.ingest.DeviceSinks;
import dev.tailrace.ingest.IngestServices;
import dev.tailrace.ingest.LineSink;
import dev.tailrace.ingest.Rejection;
import dev.tailrace.ingest.lines.Splitter;
import dev.tailrace.metrics.Limit;
import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.time.ZoneId;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One TCP connection of GELF; read only as fast as storage takes it. A connection that does not begin with a JSON
 * object is closed, and nothing of it is read: a web page can make a browser send a request of HTTP to any port, with a
 * message in its body.
 */
final class GelfConnection implements IngestServices.Connected, LineSink.Listener, Splitter.Lines {

    private static final Logger log = LoggerFactory.getLogger(GelfConnection.class);

    private final IngestServices ingest;
    private final NetSocket socket;
    private final SocketAddress peer;
    private final DeviceId peerDevice;
    private final DeviceSinks sinks;
    private final GelfFraming framing;
    private final GelfReader reader;
    private final long idleMillis;
    private long lastPiece = System.nanoTime();
    private boolean begun; // with an object
    private boolean refused;
    private boolean paused;
    private boolean closed;
    private @Nullable Future<Void> finished;

    private GelfConnection(IngestServices ingest, NetSocket socket, Duration idle, ZoneId zone) {
        this.reader = new GelfReader(zone);
        this.ingest = ingest;
        this.socket = socket;
        this.peer = socket.remoteAddress();
        this.peerDevice = GelfReader.ofAddress(peer);
        Account account = IngestServices.account(peer);
        this.sinks = new DeviceSinks(ingest, account, LineSink.OnUnavailable.RETRY, this);
        this.idleMillis = idle.toMillis();
        this.framing = new GelfFraming(ingest.options().lineBytes(), ingest.room(account), this);
    }

    /**
     * @param idle a connection without a byte for this long is closed, unless it is paused
     * @param zone of times without a zone
     */
    static void serve(IngestServices ingest, NetSocket socket, Duration idle, ZoneId zone) {
        if (ingest.isDraining() || ingest.isFull(socket.remoteAddress())) {
            socket.close();
            return;
        }
        new GelfConnection(ingest, socket, idle, zone).listen();
    }

    private void listen() {
        ingest.joined(this);
        closeWhenIdle(idleMillis);
        sinks.onDrain(this::resume);
        socket.exceptionHandler(cause -> log.debug("A GELF connection failed: {}", cause.getMessage()));
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
        if (finished != null) {
            return;
        }
        lastPiece = System.nanoTime();
        byte[] bytes = piece.getBytes();
        framing.feed(bytes, 0, bytes.length);
        if (refused) {
            finished = leaveSinks();
            closeSocket();
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
            long left = idleMillis - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - lastPiece);
            if (finished == null && (paused || left > 0)) {
                closeWhenIdle(paused ? idleMillis : left);
            } else if (finished == null) {
                ingest.meters().refused(Limit.SYSLOG_IDLE);
                closeSocket(); // the close handler finishes
            }
        });
    }

    private void closeSocket() {
        socket.close().onFailure(cause -> log.debug("A GELF connection did not close: {}", cause.getMessage()));
    }

    private void resume() {
        if (paused) {
            paused = false;
            lastPiece = System.nanoTime();
            ingest.meters().deviceResumed();
            socket.resume();
        }
    }

    // ---- messages

    @Override
    public void line(byte[] bytes, int from, int to) {
        begun = true;
        if (refused) {
            return;
        }
        if (reader.read(bytes, from, to)) {
            sinks.of(reader.device(peer)).accept(reader.line(), Batch.NO_SEQ);
        } else {
            reject(Rejection.INVALID, "not a GELF message");
        }
    }

    @Override
    public void tooLong() {
        reject(Rejection.TOO_LONG, "too long");
    }

    @Override
    public void noRoom() {
        reject(Rejection.UNAVAILABLE, "no memory left");
    }

    @Override
    public void broken(String reason) {
        if (begun) {
            reject(Rejection.INVALID, reason);
        } else if (!refused) {
            refused = true;
            log.debug("A connection to the GELF port does not begin with a JSON object");
            reject(Rejection.INVALID, reason);
        }
    }

    private void reject(Rejection kind, String reason) {
        sinks.of(peerDevice).reject(kind, reason, Batch.NO_SEQ);
    }

    @Override
    public void rejected(long line, String reason) {
        // GELF has no response; the metrics count the line.
    }

    // ---- the end

    private Future<Void> finish() {
        if (finished == null) {
            framing.end();
            if (paused) {
                paused = false;
                ingest.meters().deviceResumed();
            }
            finished = leaveSinks();
        }
        return finished;
    }

    private Future<Void> leaveSinks() {
        framing.close();
        return sinks.finish().otherwiseEmpty().onComplete(done -> ingest.left(this));
    }

    /**
     * The lines that were read are stored before the connection closes, because the close is the only response that the
     * sender gets.
     */
    @Override
    public Future<Void> leave() {
        return finish().eventually(() -> closed ? Future.succeededFuture() : socket.close());
    }
}
