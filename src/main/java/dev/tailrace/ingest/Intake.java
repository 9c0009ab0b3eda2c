package dev.tailrace.ingest;

import io.netty.channel.Channel;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;
import org.jspecify.annotations.Nullable;

/**
 * Stops reading from the socket of a sender's connection. It uses Netty directly, because Vert.x continues to read a
 * paused connection until two dozen frames or chunks of a body wait, which nobody counts. Used on the connection's
 * event loop only.
 */
public final class Intake {

    /**
     * Null for HTTP/2: other streams of the connection continue, and flow control limits what a paused stream may send.
     */
    private final @Nullable Channel channel;

    private boolean stopped;

    private Intake(@Nullable Channel channel) {
        this.channel = channel;
    }

    public static Intake of(HttpConnection connection) {
        return new Intake(
                connection.protocolVersion() == HttpVersion.HTTP_2 ? null : ((ConnectionBase) connection).channel());
    }

    /** Stops reading. Bytes that the read in progress has brought still arrive. */
    public void stop() {
        if (channel != null) {
            stopped = true;
            channel.config().setAutoRead(false); // each time, because Vert.x may have begun to read again
        }
    }

    /** Reads on. */
    public void go() {
        if (channel != null && stopped) {
            stopped = false;
            channel.config().setAutoRead(true);
        }
    }
}
