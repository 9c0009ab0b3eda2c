package dev.tailrace.ingest.balena;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Tells a sender whose request goes on for ever that somebody is there: {@code 102 Processing} at once and then in
 * intervals, until {@link #end} or the response. Looks below Vert.x, which knows of the interim responses only 100 and 103.
 */
final class Processing {

    private static final byte[] INTERIM = "HTTP/1.1 102 Processing\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private static final long NO_TIMER = -1;

    private final Vertx vertx;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private long timer = NO_TIMER;

    private Processing(Vertx vertx, HttpServerRequest request) {
        this.vertx = vertx;
        this.request = request;
        this.response = request.response();
    }

    /** @param interval none when it is zero, and none for a protocol without such responses */
    static Processing begin(Vertx vertx, HttpServerRequest request, Duration interval) {
        var processing = new Processing(vertx, request);
        if (!interval.isZero() && request.version() == HttpVersion.HTTP_1_1) {
            processing.timer = vertx.setPeriodic(interval.toMillis(), id -> processing.tell());
            processing.tell();
        }
        return processing;
    }

    void end() {
        vertx.cancelTimer(timer);
        timer = NO_TIMER;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // if it fails the connection is gone, and whoever reads it is told
    private void tell() {
        if (response.headWritten() || response.closed()) {
            end();
            return;
        }
        // A connection has one response at a time, and this one has not begun: nothing can be overtaken.
        ChannelHandlerContext encoder =
                ((ConnectionBase) request.connection()).channel().pipeline().context(HttpResponseEncoder.class);
        if (encoder != null && encoder.channel().isWritable()) { // a peer that never reads gets no more of them
            encoder.writeAndFlush(Unpooled.wrappedBuffer(INTERIM));
        }
    }
}
