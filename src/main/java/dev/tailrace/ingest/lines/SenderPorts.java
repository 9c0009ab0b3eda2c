package dev.tailrace.ingest.lines;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.datagram.DatagramSocket;
import io.vertx.core.datagram.DatagramSocketOptions;
import io.vertx.core.net.NetServerOptions;
import java.util.function.Consumer;

/** What the ports of protocols without responses have in common. */
public final class SenderPorts {

    /** Also the size of the buffer for a datagram, which may have 64 KiB. */
    private static final int DATAGRAM_RECEIVE_BUFFER = 256 * 1024;

    private SenderPorts() {}

    /**
     * The options of a server for TCP.
     *
     * @param receiveBuffer size for each connection; a paused sender can still fill it
     */
    public static NetServerOptions tcp(int receiveBuffer) {
        return new NetServerOptions()
                .setReceiveBufferSize(receiveBuffer)
                .setTcpKeepAlive(true) // some senders vanish, and there is no heartbeat
                .setAcceptBacklog(4096);
    }

    /**
     * Listens for UDP, on the loop of the caller.
     *
     * @param reader takes the socket before it listens
     */
    public static Future<DatagramSocket> listenForDatagrams(
            Vertx vertx, int port, String host, Consumer<DatagramSocket> reader) {
        DatagramSocket socket = vertx.createDatagramSocket(new DatagramSocketOptions()
                .setReceiveBufferSize(DATAGRAM_RECEIVE_BUFFER)
                .setIpV6(host.indexOf(':') >= 0));
        reader.accept(socket);
        return socket.listen(port, host).onFailure(cause -> socket.close());
    }
}
