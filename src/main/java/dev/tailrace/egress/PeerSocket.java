package dev.tailrace.egress;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;

/**
 * What Vert.x does not offer of a connection: whether its peer accepts bytes, and an end that does not wait for the peer.
 * The one class that looks below Vert.x, because {@code close()}, {@code reset()} and {@code end()} all flush first, and so
 * never end the connection of a reader that has stopped reading.
 */
final class PeerSocket {

    private final Channel channel;

    PeerSocket(HttpConnection connection) {
        this.channel = ((ConnectionBase) connection).channel();
    }

    /** Bytes that the peer accepted of the one buffer that is being sent now. */
    long progress() {
        ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
        return waiting == null ? 0 : waiting.currentProgress();
    }

    /** Ends the connection now; what waits for the peer is thrown away, and its close handlers run. */
    @SuppressWarnings("FutureReturnValueIgnored") // the close handlers tell
    void abort() {
        channel.eventLoop().execute(() -> channel.pipeline().firstContext().close());
    }
}
