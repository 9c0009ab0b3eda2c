package dev.tailrace.ingest.syslog;

import dev.tailrace.ingest.Account;
import dev.tailrace.ingest.DeviceNames;
import dev.tailrace.ingest.DeviceSinks;
import dev.tailrace.ingest.IngestServices;
import dev.tailrace.ingest.LineSink;
import dev.tailrace.ingest.Rejection;
import dev.tailrace.ingest.syslog.SyslogMeters.Foreign;
import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Line;
import io.vertx.core.Future;
import io.vertx.core.datagram.DatagramPacket;
import io.vertx.core.datagram.DatagramSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Syslog over UDP, one message per datagram. Senders cannot be paused, so messages that storage does not take in time
 * are dropped and counted.
 */
final class SyslogDatagrams implements IngestServices.Connected, LineSink.Listener {

    private static final Logger log = LoggerFactory.getLogger(SyslogDatagrams.class);

    /** One account for all senders, because a sender can put any address into a datagram. */
    private static final Account ACCOUNT = new Account("datagrams", Account.WIDE);

    private final IngestServices ingest;
    private final SyslogMeters meters;
    private final SyslogParser parser;
    private final DatagramSocket socket;
    private final DeviceSinks sinks;

    private SyslogDatagrams(IngestServices ingest, SyslogMeters meters, SyslogParser parser, DatagramSocket socket) {
        this.ingest = ingest;
        this.meters = meters;
        this.parser = parser;
        this.socket = socket;
        this.sinks = new DeviceSinks(ingest, ACCOUNT, LineSink.OnUnavailable.RETRY, this);
    }

    static void serve(IngestServices ingest, SyslogMeters meters, SyslogParser parser, DatagramSocket socket) {
        var datagrams = new SyslogDatagrams(ingest, meters, parser, socket);
        ingest.joined(datagrams);
        socket.exceptionHandler(cause -> log.debug("A datagram was not read: {}", cause.getMessage()));
        socket.handler(datagrams::onPacket);
    }

    private void onPacket(DatagramPacket packet) {
        byte[] bytes = packet.data().getBytes();
        Foreign protocol = ForeignProtocol.ofDatagram(bytes);
        if (protocol != null) {
            meters.foreign(protocol);
            return;
        }
        int end = bytes.length;
        while (end > 0 && (bytes[end - 1] == '\n' || bytes[end - 1] == '\r' || bytes[end - 1] == 0)) {
            end--;
        }
        if (end == 0) {
            return;
        }
        Line line = parser.read(bytes, FrameStart.afterCount(bytes, end), end);
        DeviceId named = parser.device();
        DeviceId device = named == null ? DeviceNames.ofAddress(packet.sender()) : named;
        if (!sinks.hasRoomFor(device)) {
            ingest.meters().received(1);
            ingest.meters().rejected(Rejection.UNAVAILABLE, 1);
            return;
        }
        LineSink sink = sinks.of(device);
        sink.accept(line, Batch.NO_SEQ);
        sink.flushLater();
    }

    @Override
    public void rejected(long line, String reason) {
        // Syslog has no response; the metrics count the line.
    }

    @Override
    public Future<Void> leave() {
        return socket.close().eventually(() -> sinks.finish()).otherwiseEmpty().onComplete(done -> ingest.left(this));
    }
}
