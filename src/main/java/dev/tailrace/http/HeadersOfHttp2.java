package dev.tailrace.http;

import dev.tailrace.metrics.Meters;
import dev.tailrace.metrics.Meters.Limit;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;

/**
 * Refuses requests of HTTP/2 with more headers than one of HTTP/1.1 may have, for which the {@link HeadDecoder} looks. Their bytes were bounded when they
 * were decoded, with 32 more for each. Cookies are one header, however many a browser made of them.
 */
public final class HeadersOfHttp2 implements Handler<HttpServerRequest> {

    private final Meters meters;
    private final Handler<HttpServerRequest> next;

    public HeadersOfHttp2(Meters meters, Handler<HttpServerRequest> next) {
        this.meters = meters;
        this.next = next;
    }

    @Override
    public void handle(HttpServerRequest request) {
        if (RequestHead.isHttp2(request) && areTooMany(request)) {
            meters.refused(Limit.HEADER_BYTES);
            ProblemResponse.answerAndClose(request, InvalidRequests.HEADERS_TOO_LARGE);
        } else {
            next.handle(request);
        }
    }

    // Not by size(), which is the number of names.
    private static boolean areTooMany(HttpServerRequest request) {
        int headers = 0;
        for (var all = request.headers().iterator(); all.hasNext() && headers <= HeadDecoder.MAX_HEADERS; all.next()) {
            headers++;
        }
        return headers > HeadDecoder.MAX_HEADERS;
    }
}
