package dev.tailrace.ingest.syslog;

import dev.tailrace.ingest.Account;
import dev.tailrace.ingest.DeviceSinks;
import dev.tailrace.ingest.IngestServices;
import dev.tailrace.ingest.LineSink;
import dev.tailrace.ingest.Rejection;
import dev.tailrace.ingest.lines.Splitter;
import dev.tailrace.ingest.syslog.SyslogMeters.Foreign;
import dev.tailrace.metrics.Limit;
import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Line;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One TCP connection of syslog; read only as fast as storage takes it. */
final class SyslogConnection implements IngestServices.Connected, LineSink.Listener, Splitter.Lines {

    private static final Logger log = LoggerFactory.getLogger(SyslogConnection.class);

    /** After so long without a byte the count of an unfinished message may be wrong. */
    private static final long QUIET_MILLIS = 2000;

    private final IngestServices ingest;
    private final SyslogMeters meters;
    private final NetSocket socket;
    private final SyslogParser parser;
    private final DeviceId peer;
    private final DeviceSinks sinks;
    private final SyslogFraming framing;
    private final ForeignProtocol opening = new ForeignProtocol();
    private final long idleMillis;
    private boolean waitsForQuiet;
    private long lastPiece = System.nanoTime();
    private boolean paused;
    private boolean closed;
    private @Nullable Future<Void> finished;

    private SyslogConnection(
            IngestServices ingest, SyslogMeters meters, SyslogParser parser, NetSocket socket, Duration idle) {
        this.ingest = ingest;
        this.meters = meters;
        this.parser = parser;
        this.socket = socket;
        this.peer = SyslogPeer.of(socket.remoteAddress());
        Account account = IngestServices.account(socket.remoteAddress());
        this.sinks = new DeviceSinks(ingest, account, LineSink.OnUnavailable.RETRY, this);
        this.idleMillis = idle.toMillis();
        this.framing = new SyslogFraming(ingest.options().lineBytes(), ingest.room(account), this);
    }

    /** @param idle a connection without a byte for this long is closed, unless it is paused */
    static void serve(
            IngestServices ingest, SyslogMeters meters, SyslogParser parser, NetSocket socket, Duration idle) {
        if (ingest.isDraining() || ingest.isFull(socket.remoteAddress())) {
            socket.close();
            return;
        }
        new SyslogConnection(ingest, meters, parser, socket, idle).listen();
    }

    private void listen() {
        ingest.joined(this);
        closeWhenIdle(idleMillis);
        sinks.onDrain(this::resume);
        socket.exceptionHandler(cause -> log.debug("A syslog connection failed: {}", cause.getMessage()));
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
        if (!opening.isDecided()) {
            Foreign protocol = opening.feed(bytes);
            if (protocol != null) {
                refuse(protocol);
                return;
            }
        }
        framing.feed(bytes, 0, bytes.length);
        framing.flush();
        sinks.flush();
        waitForQuiet(QUIET_MILLIS);
        if (!paused && sinks.isFull()) {
            paused = true;
            socket.pause();
            ingest.meters().devicePaused();
        }
    }

    /** Gives a message up whose count announces more than its sender sends. */
    private void waitForQuiet(long millis) {
        if (waitsForQuiet || !framing.isWaiting()) {
            return;
        }
        waitsForQuiet = true;
        ingest.vertx().setTimer(Math.max(1, millis), id -> {
            waitsForQuiet = false;
            if (finished != null) {
                return;
            }
            long left = QUIET_MILLIS - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - lastPiece);
            if (left <= 0 && !paused) {
                framing.quiet();
                sinks.flush();
            } else {
                waitForQuiet(paused ? QUIET_MILLIS : left);
            }
        });
    }

    /** Closes the connection before any of its bytes is read as a message. */
    private void refuse(Foreign protocol) {
        log.debug("A connection to the syslog port speaks {}", protocol);
        meters.foreign(protocol);
        finished = leaveSinks();
        closeSocket();
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
        socket.close().onFailure(cause -> log.debug("A syslog connection did not close: {}", cause.getMessage()));
    }

    private void resume() {
        if (paused) {
            paused = false;
            lastPiece = System.nanoTime();
            ingest.meters().deviceResumed();
            socket.resume();
        }
    }

    @Override
    public void line(byte[] bytes, int from, int to) {
        Line line = parser.read(bytes, from, to);
        DeviceId named = parser.device();
        sinks.of(named == null ? peer : named).accept(line, Batch.NO_SEQ);
    }

    @Override
    public void tooLong() {
        sinks.of(peer).reject(Rejection.TOO_LONG, "too long", Batch.NO_SEQ);
    }

    @Override
    public void noRoom() {
        sinks.of(peer).reject(Rejection.UNAVAILABLE, "no memory left", Batch.NO_SEQ);
    }

    @Override
    public void stray() {
        sinks.of(peer).reject(Rejection.INVALID, "a length that is not that of the message", Batch.NO_SEQ);
    }

    @Override
    public void broken(String reason) {
        throw new IllegalStateException("frames of syslog are never broken");
    }

    @Override
    public void rejected(long line, String reason) {
        // Syslog has no response; the metrics count the line.
    }

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
