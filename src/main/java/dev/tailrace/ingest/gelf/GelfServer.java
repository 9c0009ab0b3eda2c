package dev.tailrace.ingest.gelf;

import dev.tailrace.ingest.IngestServices;
import dev.tailrace.ingest.lines.SenderPorts;
import io.vertx.core.Future;
import io.vertx.core.datagram.DatagramSocket;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import java.time.Duration;
import java.time.ZoneId;

/** The GELF ports of one event loop. All loops share the TCP port; one loop has the UDP port. */
public final class GelfServer {

    private final IngestServices ingest;
    private final GelfMeters meters;
    private final Duration idle;
    private final ZoneId zone;

    /**
     * @param idle a TCP connection without a byte for this long is closed
     * @param zone of times without a zone
     */
    public GelfServer(IngestServices ingest, GelfMeters meters, Duration idle, ZoneId zone) {
        this.zone = zone;
        this.ingest = ingest;
        this.meters = meters;
        this.idle = idle;
    }

    /** Listens for TCP, on the loop of the caller. */
    public Future<NetServer> listen(int port, String host, NetServerOptions options) {
        return ingest.vertx()
                .createNetServer(options)
                .connectHandler(socket -> GelfConnection.serve(ingest, socket, idle, zone))
                .listen(port, host);
    }

    /** Listens for UDP, on the loop of the caller. */
    public Future<DatagramSocket> listenForDatagrams(int port, String host) {
        return SenderPorts.listenForDatagrams(
                ingest.vertx(), port, host, socket -> GelfDatagrams.serve(ingest, meters, socket, zone));
    }
}
