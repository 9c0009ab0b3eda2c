package dev.tailrace.http;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;

/** A sender that is answered before it has sent all: it may go on for a while, then it is cut off. */
public final class LingeringClose {

    // A client that writes all before it reads would otherwise never come to read the answer.
    private static final long LINGER_MILLIS = 5000;

    private static final long NO_ERROR = 0; // of HTTP/2

    private LingeringClose() {}

    /** Call before the answer is sent. */
    public static void cutOffLater(RoutingContext call) {
        HttpServerRequest request = call.request();
        request.resume(); // whoever paused it reads no more
        if (request.version() != HttpVersion.HTTP_2) {
            call.response().putHeader("Connection", "close");
            call.vertx().setTimer(LINGER_MILLIS, id -> request.connection().close());
            return;
        }
        call.vertx().setTimer(LINGER_MILLIS, id -> {
            if (!request.isEnded()) { // the connection has other streams
                request.response().reset(NO_ERROR);
            }
        });
    }
}
