package dev.tailrace.ingest;

import io.netty.channel.Channel;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;
import org.jspecify.annotations.Nullable;

/**
 * Stops the reading of a sender's connection at its socket. Looks below Vert.x, because what Vert.x has paused it goes on reading until
 * two dozen frames or pieces of a body wait, which nobody counts. Used on the connection's event loop only.
 */
public final class Intake {

    /** Null for a connection of HTTP/2: its other streams go on, and its windows bound what a stream that is paused may send. */
    private final @Nullable Channel channel;

    private boolean stopped;

    private Intake(@Nullable Channel channel) {
        this.channel = channel;
    }

    public static Intake of(HttpConnection connection) {
        return new Intake(
                connection.protocolVersion() == HttpVersion.HTTP_2 ? null : ((ConnectionBase) connection).channel());
    }

    /** Reads nothing more, but for what the read in progress has brought already. */
    public void stop() {
        if (channel != null) {
            stopped = true;
            channel.config().setAutoRead(false); // each time, for Vert.x may have begun to read again
        }
    }

    public void go() {
        if (channel != null && stopped) {
            stopped = false;
            channel.config().setAutoRead(true);
        }
    }
}
