package dev.tailrace.ingest.gelf;

import dev.tailrace.ingest.IngestServices;
import dev.tailrace.ingest.Rejection;
import dev.tailrace.ingest.lines.SenderConnection;
import dev.tailrace.ingest.lines.Splitter;
import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import io.vertx.core.net.NetSocket;
import java.time.Duration;
import java.time.ZoneId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One TCP connection of GELF. A connection that does not begin with a JSON object is closed, and nothing of it is read:
 * a web page can make a browser send a request of HTTP to any port, with a message in its body.
 */
final class GelfConnection extends SenderConnection {

    private static final Logger log = LoggerFactory.getLogger(GelfConnection.class);

    private final GelfFraming framing;
    private final GelfReader reader;
    private boolean begun; // with an object
    private boolean refused;

    private GelfConnection(IngestServices ingest, NetSocket socket, Duration idle, ZoneId zone) {
        super(ingest, socket, "GELF", idle);
        this.reader = new GelfReader(zone);
        this.framing = new GelfFraming(
                ingest.options().lineBytes(), ingest.room(IngestServices.account(socket.remoteAddress())), this);
    }

    /**
     * @param idle a connection without a byte for this long is closed, unless it is paused
     * @param zone of times without a zone
     */
    static void serve(IngestServices ingest, NetSocket socket, Duration idle, ZoneId zone) {
        if (isRefused(ingest, socket)) {
            socket.close();
            return;
        }
        new GelfConnection(ingest, socket, idle, zone).listen();
    }

    @Override
    protected Splitter framing() {
        return framing;
    }

    @Override
    protected void take(byte[] piece) {
        framing.feed(piece, 0, piece.length);
        if (refused) {
            refuse();
        }
    }

    @Override
    public void line(byte[] bytes, int from, int to) {
        begun = true;
        if (refused) {
            return;
        }
        if (reader.read(bytes, from, to)) {
            DeviceId named = reader.device();
            sinks().of(named == null ? peer() : named).accept(reader.line(), Batch.NO_SEQ);
        } else {
            reject(Rejection.INVALID, "not a GELF message");
        }
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
}
