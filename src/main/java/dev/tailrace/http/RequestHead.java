package dev.tailrace.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;

/** Facts that the head of a request shows. */
public final class RequestHead {

    private RequestHead() {}

    /** Whether a body may follow. A head of HTTP/2 does not show it, so every request of HTTP/2 counts. */
    public static boolean hasBody(HttpServerRequest request) {
        return isHttp2(request)
                || request.headers().contains(HttpHeaders.CONTENT_LENGTH)
                || request.headers().contains(HttpHeaders.TRANSFER_ENCODING);
    }

    /** Whether the request is one of many on its connection, which therefore must not be closed for it alone. */
    public static boolean isHttp2(HttpServerRequest request) {
        return request.version() == HttpVersion.HTTP_2;
    }
}
