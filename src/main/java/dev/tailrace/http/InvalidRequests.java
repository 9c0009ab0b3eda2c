package dev.tailrace.http;

import dev.tailrace.metrics.Limit;
import dev.tailrace.metrics.Refusals;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;

/** Answers input that is no valid request, and closes its connection, because nothing after it can be read either. */
public final class InvalidRequests implements Handler<HttpServerRequest> {

    /** The headers have too many bytes, or are too many. */
    public static final Problem HEADERS_TOO_LARGE = new Problem(
            431,
            "headers-too-large",
            "Request head too large",
            "the limits are --header-bytes and this number of headers: " + HeadDecoder.MAX_HEADERS);

    private final Refusals refusals;

    public InvalidRequests(Refusals refusals) {
        this.refusals = refusals;
    }

    @Override
    public void handle(HttpServerRequest request) {
        Problem problem = problem(request.decoderResult().cause());
        if (problem.status() != 400) {
            refusals.refused(Limit.HEADER_BYTES);
        }
        ProblemResponse.answerAndClose(request, problem);
    }

    private static Problem problem(Throwable cause) {
        if (cause instanceof TooLongHttpLineException) {
            return new Problem(414, "address-too-long", "Request URI too long", "the limit is --header-bytes");
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return HEADERS_TOO_LARGE;
        }
        return new Problem(400, "bad-request", "Malformed request", "send a request as RFC 9112 defines it");
    }
}
