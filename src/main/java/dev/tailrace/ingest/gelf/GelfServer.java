package dev.tailrace.ingest.gelf;

import dev.tailrace.ingest.IngestServices;
import io.vertx.core.Future;
import io.vertx.core.datagram.DatagramSocket;
import io.vertx.core.datagram.DatagramSocketOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import java.time.Duration;
import java.time.ZoneId;

/** The GELF ports of one event loop. All loops share the TCP port; one loop has the UDP port. */
public final class GelfServer {

    /** Also the size of the buffer for a datagram, which may have 64 KiB. */
    private static final int DATAGRAM_RECEIVE_BUFFER = 256 * 1024;

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

    /**
     * Listens for TCP, on the loop of the caller.
     *
     * @param receiveBuffer size for each connection; a paused sender can still fill it
     */
    public Future<NetServer> listen(int port, String host, int receiveBuffer) {
        return ingest.vertx()
                .createNetServer(new NetServerOptions()
                        .setReceiveBufferSize(receiveBuffer)
                        .setTcpKeepAlive(true) // some senders vanish, and GELF has no heartbeat
                        .setAcceptBacklog(4096))
                .connectHandler(socket -> GelfConnection.serve(ingest, socket, idle, zone))
                .listen(port, host);
    }

    /** Listens for UDP, on the loop of the caller. */
    public Future<DatagramSocket> listenForDatagrams(int port, String host) {
        DatagramSocket socket = ingest.vertx()
                .createDatagramSocket(new DatagramSocketOptions()
                        .setReceiveBufferSize(DATAGRAM_RECEIVE_BUFFER)
                        .setIpV6(host.indexOf(':') >= 0));
        GelfDatagrams.serve(ingest, meters, socket, zone);
        return socket.listen(port, host).onFailure(cause -> socket.close());
    }
}
