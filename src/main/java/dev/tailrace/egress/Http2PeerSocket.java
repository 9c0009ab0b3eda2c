package dev.tailrace.egress;

import dev.tailrace.broker.StreamBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One of the streams of an HTTP/2 connection. What the channel sends may be another stream's, so only what Vert.x
 * reports counts as accepted.
 */
final class Http2PeerSocket extends PeerSocket {

    private static final long NO_ERROR = 0;
    private static final long CANCEL = 8;

    /** What the peer accepts is seen in steps of this, a DATA frame. */
    private static final int PIECE_BYTES = 16 * 1024;

    private final HttpServerResponse response;
    private Future<Void> last = Future.succeededFuture(); // of what Vert.x was given

    Http2PeerSocket(HttpServerRequest request, int limit, StreamBudget budget) {
        super(request, limit, budget);
        this.response = request.response();
    }

    @Override
    void listen(Runnable drained, Runnable gone) {
        super.listen(drained, gone);
        response.closeHandler(nothing -> gone.run());
        response.exceptionHandler(cause -> gone.run());
    }

    @Override
    boolean writeHead() {
        response.writeHead();
        return true;
    }

    @Override
    void write(ByteBuf chunk) {
        byte[] content = ByteBufUtil.getBytes(chunk);
        Buffer all = Buffer.buffer(content);
        for (int from = 0; from < content.length; from += PIECE_BYTES) {
            Future<Void> written =
                    writeByVertx(response, all.slice(from, Math.min(content.length, from + PIECE_BYTES)));
            if (!written.isComplete()) {
                last = written;
            }
        }
    }

    @Override
    Future<Void> hangUp() {
        return last.transform(written -> response.reset(CANCEL));
    }

    @Override
    Future<Void> end(boolean leaving, short code, String reason) {
        if (!leaving) {
            return response.end();
        }
        connection().goAway(NO_ERROR); // or the peer would reconnect on this connection
        return last.transform(written -> response.end());
    }

    @Override
    public void abort(Duration patience) {
        response.reset(CANCEL)
                .timeout(patience.toMillis(), TimeUnit.MILLISECONDS)
                .onFailure(cause -> {
                    if (cause instanceof TimeoutException) {
                        cut();
                    }
                });
    }
}
