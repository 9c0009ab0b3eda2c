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
 * Sends {@code 102 Processing} to the sender of an endless request, at once and then in intervals, until {@link #end}
 * or the response. It uses Netty directly, because Vert.x can send no interim responses but 100 and 103.
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

    /** @param interval between two responses; zero for none. A protocol without interim responses gets none */
    static Processing begin(Vertx vertx, HttpServerRequest request, Duration interval) {
        var processing = new Processing(vertx, request);
        if (!interval.isZero() && request.version() == HttpVersion.HTTP_1_1) {
            processing.timer = vertx.setPeriodic(interval.toMillis(), id -> processing.send());
            processing.send();
        }
        return processing;
    }

    void end() {
        vertx.cancelTimer(timer);
        timer = NO_TIMER;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // if it fails, the connection is gone, and its reader is notified
    private void send() {
        if (response.headWritten() || response.closed()) {
            end();
            return;
        }
        // A connection has one response at a time, and this one has not begun, so the order of responses is kept.
        ChannelHandlerContext encoder =
                ((ConnectionBase) request.connection()).channel().pipeline().context(HttpResponseEncoder.class);
        if (encoder != null && encoder.channel().isWritable()) { // a peer that does not read gets no more of them
            encoder.writeAndFlush(Unpooled.wrappedBuffer(INTERIM));
        }
    }
}
