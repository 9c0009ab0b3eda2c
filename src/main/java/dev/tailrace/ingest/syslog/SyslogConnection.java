package dev.tailrace.ingest.syslog;

import dev.tailrace.ingest.IngestServices;
import dev.tailrace.ingest.Rejection;
import dev.tailrace.ingest.lines.SenderConnection;
import dev.tailrace.ingest.lines.Splitter;
import dev.tailrace.ingest.syslog.SyslogMeters.Foreign;
import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Line;
import io.vertx.core.net.NetSocket;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One TCP connection of syslog. One that speaks another protocol is closed before any of it is read as a message. */
final class SyslogConnection extends SenderConnection {

    private static final Logger log = LoggerFactory.getLogger(SyslogConnection.class);

    /** After so long without a byte the count of an unfinished message may be wrong. */
    private static final long QUIET_MILLIS = 2000;

    private final SyslogMeters meters;
    private final SyslogParser parser;
    private final SyslogFraming framing;
    private final ForeignProtocol opening = new ForeignProtocol();
    private boolean waitsForQuiet;

    private SyslogConnection(
            IngestServices ingest, SyslogMeters meters, SyslogParser parser, NetSocket socket, Duration idle) {
        super(ingest, socket, "syslog", idle);
        this.meters = meters;
        this.parser = parser;
        this.framing = new SyslogFraming(
                ingest.options().lineBytes(), ingest.room(IngestServices.account(socket.remoteAddress())), this);
    }

    /** @param idle a connection without a byte for this long is closed, unless it is paused */
    static void serve(
            IngestServices ingest, SyslogMeters meters, SyslogParser parser, NetSocket socket, Duration idle) {
        if (isRefused(ingest, socket)) {
            socket.close();
            return;
        }
        new SyslogConnection(ingest, meters, parser, socket, idle).listen();
    }

    @Override
    protected Splitter framing() {
        return framing;
    }

    @Override
    protected void take(byte[] piece) {
        if (!opening.isDecided()) {
            Foreign protocol = opening.feed(piece);
            if (protocol != null) {
                log.debug("A connection to the syslog port speaks {}", protocol);
                meters.foreign(protocol);
                refuse();
                return;
            }
        }
        framing.feed(piece, 0, piece.length);
        framing.flush();
        waitForQuiet(QUIET_MILLIS);
    }

    /** Gives a message up whose count announces more than its sender sends. */
    private void waitForQuiet(long millis) {
        if (waitsForQuiet || !framing.isWaiting()) {
            return;
        }
        waitsForQuiet = true;
        ingest().vertx().setTimer(Math.max(1, millis), id -> {
            waitsForQuiet = false;
            if (isOver()) {
                return;
            }
            long left = QUIET_MILLIS - quietMillis();
            if (left <= 0 && !isPaused()) {
                framing.quiet();
                sinks().flush();
            } else {
                waitForQuiet(isPaused() ? QUIET_MILLIS : left);
            }
        });
    }

    @Override
    public void line(byte[] bytes, int from, int to) {
        Line line = parser.read(bytes, from, to);
        DeviceId named = parser.device();
        sinks().of(named == null ? peer() : named).accept(line, Batch.NO_SEQ);
    }

    @Override
    public void stray() {
        reject(Rejection.INVALID, "a length that is not that of the message");
    }

    @Override
    public void broken(String reason) {
        throw new IllegalStateException("frames of syslog are never broken");
    }
}
