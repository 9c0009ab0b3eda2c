package dev.tailrace.ingest.syslog;

import dev.tailrace.ingest.IngestServices;
import io.vertx.core.Future;
import io.vertx.core.datagram.DatagramSocket;
import io.vertx.core.datagram.DatagramSocketOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import java.time.Duration;
import java.time.ZoneId;

/** One event loop's way in for syslog, RFC 5424 and RFC 3164. All loops share the port of TCP; that of UDP is one loop's. */
public final class SyslogServer {

    /** Also the room that a datagram is read into, which may have 64 KiB. */
    private static final int DATAGRAM_RECEIVE_BUFFER = 256 * 1024;

    private final IngestServices ingest;
    private final SyslogParser parser;
    private final Duration idle;

    /**
     * @param zone of times that name none
     * @param idle after so long without a byte a TCP connection is closed
     */
    public SyslogServer(IngestServices ingest, ZoneId zone, Duration idle) {
        this.ingest = ingest;
        this.idle = idle;
        this.parser = new SyslogParser(new SyslogTime(zone, System::currentTimeMillis));
    }

    /**
     * Listens for TCP, on the loop of the caller.
     *
     * @param receiveBuffer of a connection, which is what a paused sender can still push
     */
    public Future<NetServer> listen(int port, String host, int receiveBuffer) {
        return ingest.vertx()
                .createNetServer(new NetServerOptions()
                        .setReceiveBufferSize(receiveBuffer)
                        .setTcpKeepAlive(true) // some senders vanish, and syslog says nothing to tell by
                        .setAcceptBacklog(4096))
                .connectHandler(socket -> SyslogConnection.serve(ingest, parser, socket, idle))
                .listen(port, host);
    }

    /** Listens for UDP, on the loop of the caller. */
    public Future<DatagramSocket> listenForDatagrams(int port, String host) {
        DatagramSocket socket = ingest.vertx()
                .createDatagramSocket(new DatagramSocketOptions()
                        .setReceiveBufferSize(DATAGRAM_RECEIVE_BUFFER)
                        .setIpV6(host.indexOf(':') >= 0));
        SyslogDatagrams.serve(ingest, parser, socket);
        return socket.listen(port, host).onFailure(cause -> socket.close());
    }
}
