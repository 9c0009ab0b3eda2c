package dev.tailrace.egress;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.tailrace.broker.StreamBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;

/**
 * A response of HTTP/1. The head and what was written with it may wait in a queue of Vert.x, so the chunks of a body go
 * below Vert.x only when the peer has accepted those. HTTP/1.0 has no chunks, and all of its body is written by Vert.x.
 */
final class Http1PeerSocket extends DirectPeerSocket {

    /** Of a chunked body (RFC 9112, section 7.1). */
    private static final String LAST_CHUNK = "0\r\n\r\n";

    private final HttpServerResponse response;
    private final MultiMap requestHeaders;
    private final boolean chunked;
    private Future<Void> last = Future.succeededFuture(); // of what Vert.x was given

    Http1PeerSocket(HttpServerRequest request, int limit, StreamBudget budget) {
        super(request, limit, budget);
        this.response = request.response();
        this.requestHeaders = request.headers();
        this.chunked = request.version() == HttpVersion.HTTP_1_1;
    }

    @Override
    void listen(Runnable drained, Runnable gone) {
        super.listen(drained, gone);
        response.closeHandler(nothing -> gone.run());
        response.exceptionHandler(cause -> gone.run());
    }

    @Override
    boolean writeHead() {
        boolean streams = response.headers().contains("Transfer-Encoding");
        if (streams) {
            response.writeHead();
        }
        return streams;
    }

    @Override
    void write(ByteBuf chunk) {
        goBelowIfIdle();
        if (isBelow()) {
            send(chunk);
            return;
        }
        Future<Void> written = putByVertx(response, Buffer.buffer(ByteBufUtil.getBytes(chunk)));
        if (!written.isComplete()) {
            last = written;
        }
    }

    @Override
    void settled() {
        goBelowIfIdle();
    }

    private void goBelowIfIdle() {
        if (!isBelow() && chunked && accepted() > 0 && unaccepted() == 0) {
            goBelow(HttpResponseEncoder.class);
            last = Future.succeededFuture();
            // Vert.x keeps the headers as long as the response, a kilobyte and more for hours, and does not need them
            // any more.
            requestHeaders.clear();
            response.headers().clear();
        }
    }

    @Override
    Future<Void> end(boolean leaving, short code, String reason) {
        if (!leaving) {
            return response.end();
        }
        return isBelow() ? endBelow() : last.transform(done -> response.end());
    }

    /**
     * A server that has stopped listening closes a connection with the end of its last answer, and throws away what its
     * peer has not accepted. So that end is written here, and the connection closed when the peer has accepted it.
     */
    private Future<Void> endBelow() {
        return sendLast(Unpooled.copiedBuffer(LAST_CHUNK, US_ASCII))
                .compose(accepted -> connection().close());
    }
}
