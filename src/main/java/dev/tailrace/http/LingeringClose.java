package dev.tailrace.http;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;

/**
 * Answers a request before its body has arrived. Its sender may go on for some seconds before it is cut off, because a client that
 * writes its whole request before it reads would otherwise never see the response.
 */
public final class LingeringClose {

    private static final long LINGER_MILLIS = 5000;

    private LingeringClose() {}

    /** Call before the response is sent. Does nothing for a request without a body. */
    public static void cutOffLater(RoutingContext call) {
        HttpServerRequest request = call.request();
        if (!RequestHead.hasBody(request)) {
            return;
        }
        boolean isHttp2 = RequestHead.isHttp2(request);
        if (!isHttp2) {
            call.response().putHeader("Connection", "close");
        }
        if (!request.isEnded()) {
            request.resume(); // its reader may have paused it, and reads no more
            call.vertx().setTimer(LINGER_MILLIS, id -> {
                if (!isHttp2 || !request.isEnded()) {
                    CutOff.answered(request);
                }
            });
        } else if (!isHttp2) { // Vert.x does not close for this header (RFC 9112, section 9.6)
            call.addEndHandler(sent -> CutOff.answered(request));
        }
    }
}
