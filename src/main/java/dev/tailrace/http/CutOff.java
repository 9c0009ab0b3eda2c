package dev.tailrace.http;

import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;

/** Ends a request from the side of the broker: its connection or, of HTTP/2, its stream, because the connection has others. */
public final class CutOff {

    private static final long NO_ERROR = 0; // of HTTP/2
    private static final long INTERNAL_ERROR = 2; // of HTTP/2

    private CutOff() {}

    /** The response is not complete, and the client is to see that. */
    public static Future<Void> incomplete(HttpServerRequest request) {
        return cutOff(request, INTERNAL_ERROR);
    }

    /** The response is complete, and nothing more of the request is read. */
    static Future<Void> answered(HttpServerRequest request) {
        return cutOff(request, NO_ERROR);
    }

    private static Future<Void> cutOff(HttpServerRequest request, long error) {
        return RequestHead.isHttp2(request)
                ? request.response().reset(error)
                : request.connection().close();
    }
}
