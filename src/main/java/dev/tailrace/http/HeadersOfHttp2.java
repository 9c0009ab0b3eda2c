package dev.tailrace.http;

import dev.tailrace.metrics.Limit;
import dev.tailrace.metrics.Refusals;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;

/**
 * Refuses HTTP/2 requests with too many headers, as {@link HeadDecoder} does for HTTP/1.1. Their bytes were limited when they were
 * decoded, with 32 more for each header. All cookies count as one header, because browsers split them.
 */
public final class HeadersOfHttp2 implements Handler<HttpServerRequest> {

    private final Refusals refusals;
    private final Handler<HttpServerRequest> next;

    public HeadersOfHttp2(Refusals refusals, Handler<HttpServerRequest> next) {
        this.refusals = refusals;
        this.next = next;
    }

    @Override
    public void handle(HttpServerRequest request) {
        if (RequestHead.isHttp2(request) && areTooMany(request)) {
            refusals.refused(Limit.HEADER_BYTES);
            ProblemResponse.answerAndClose(request, InvalidRequests.HEADERS_TOO_LARGE);
        } else {
            next.handle(request);
        }
    }

    // size() would count the names only.
    private static boolean areTooMany(HttpServerRequest request) {
        int headers = 0;
        for (var all = request.headers().iterator(); all.hasNext() && headers <= HeadDecoder.MAX_HEADERS; all.next()) {
            headers++;
        }
        return headers > HeadDecoder.MAX_HEADERS;
    }
}
