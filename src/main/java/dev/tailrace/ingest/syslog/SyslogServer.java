package dev.tailrace.ingest.syslog;

import dev.tailrace.ingest.IngestServices;
import dev.tailrace.ingest.lines.SenderPorts;
import io.vertx.core.Future;
import io.vertx.core.datagram.DatagramSocket;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import java.time.Duration;
import java.time.ZoneId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The syslog ports (RFC 5424 and RFC 3164) of one event loop. All loops share the ports of TCP and TLS; one loop has the
 * UDP port.
 */
public final class SyslogServer {

    private static final Logger log = LoggerFactory.getLogger(SyslogServer.class);

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
     * @param options with TLS (RFC 5425), or without it
     */
    public Future<NetServer> listen(int port, String host, NetServerOptions options) {
        return ingest.vertx()
                .createNetServer(options)
                .connectHandler(socket -> SyslogConnection.serve(ingest, meters, parser, socket, idle))
                .exceptionHandler(cause -> log.debug("A connection of syslog failed: {}", cause.getMessage()))
                .listen(port, host);
    }

    /** Listens for UDP, on the loop of the caller. */
    public Future<DatagramSocket> listenForDatagrams(int port, String host) {
        return SenderPorts.listenForDatagrams(
                ingest.vertx(), port, host, socket -> SyslogDatagrams.serve(ingest, meters, parser, socket));
    }
}
