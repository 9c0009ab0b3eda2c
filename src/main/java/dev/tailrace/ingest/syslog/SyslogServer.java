package dev.tailrace.ingest.syslog;

import dev.tailrace.ingest.IngestServices;
import io.vertx.core.Future;
import io.vertx.core.datagram.DatagramSocket;
import io.vertx.core.datagram.DatagramSocketOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import java.time.Duration;
import java.time.ZoneId;

/**
 * The syslog ports (RFC 5424 and RFC 3164) of one event loop. All loops share the TCP port; one loop has the UDP port.
 */
public final class SyslogServer {

    /** Also the size of the buffer for a datagram, which may have 64 KiB. */
    private static final int DATAGRAM_RECEIVE_BUFFER = 256 * 1024;

    private final IngestServices ingest;
    private final SyslogMeters meters;
    private final SyslogParser parser;
    private final Duration idle;

    /**
     * @param zone of times without a zone
     * @param idle a TCP connection without a byte for this long is closed
     */
    public SyslogServer(IngestServices ingest, SyslogMeters meters, ZoneId zone, Duration idle) {
        this.ingest = ingest;
        this.meters = meters;
        this.idle = idle;
        this.parser = new SyslogParser(new SyslogTime(zone, System::currentTimeMillis));
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
                        .setTcpKeepAlive(true) // some senders vanish, and syslog has no heartbeat
                        .setAcceptBacklog(4096))
                .connectHandler(socket -> SyslogConnection.serve(ingest, meters, parser, socket, idle))
                .listen(port, host);
    }

    /** Listens for UDP, on the loop of the caller. */
    public Future<DatagramSocket> listenForDatagrams(int port, String host) {
        DatagramSocket socket = ingest.vertx()
                .createDatagramSocket(new DatagramSocketOptions()
                        .setReceiveBufferSize(DATAGRAM_RECEIVE_BUFFER)
                        .setIpV6(host.indexOf(':') >= 0));
        SyslogDatagrams.serve(ingest, meters, parser, socket);
        return socket.listen(port, host).onFailure(cause -> socket.close());
    }
}
