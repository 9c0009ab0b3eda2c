package dev.tailrace.http;

import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Responses that carry a {@link Problem} (RFC 9457), also to requests whose body is still being sent. */
public final class ProblemResponse {

    private static final String RETRY_AFTER_SECONDS = "2";

    /** For how long a sender that is refused may go on sending before it is cut off. */
    private static final long LINGER_MILLIS = 5000;

    private static final long NO_ERROR = 0; // of HTTP/2

    private static final long INTERNAL_ERROR = 2; // of HTTP/2

    private ProblemResponse() {}

    public static boolean hasBody(HttpServerRequest request) {
        return request.headers().contains("Content-Length") || request.headers().contains("Transfer-Encoding");
    }

    /** @param retryId with which a retried stream comes again, or null */
    public static void answer(RoutingContext call, Problem problem, Supplier<@Nullable String> retryId) {
        HttpServerResponse response = call.response();
        if (response.headWritten()) {
            cutOff(call, INTERNAL_ERROR);
            return;
        }
        if (RetriedStreams.apply(call.request(), problem)) {
            RetriedStreams.answer(call.request(), problem, retryId.get());
            return;
        }
        if ((problem.status() == 503 || problem.status() == 429)
                && !response.headers().contains("Retry-After")) {
            response.putHeader("Retry-After", RETRY_AFTER_SECONDS);
        }
        boolean isStream = call.request().version() == HttpVersion.HTTP_2;
        if (!isStream && hasBody(call.request())) {
            response.putHeader("Connection", "close");
        }
        if (isStream || hasBody(call.request())) {
            passOverRest(call);
        }
        write(response, problem);
    }

    /** Refuses a request and closes its connection, of which nothing more is read. */
    public static void answerAndClose(HttpServerRequest request, Problem problem) {
        request.pause();
        boolean isStream = request.version() == HttpVersion.HTTP_2;
        HttpServerResponse response = request.response();
        if (!isStream) {
            response.putHeader("Connection", "close");
        }
        write(response, problem)
                .eventually(() -> isStream
                        ? response.reset(NO_ERROR)
                        : request.connection().close());
    }

    private static Future<Void> write(HttpServerResponse response, Problem problem) {
        return response.setStatusCode(problem.status())
                .putHeader("Content-Type", "application/problem+json")
                .end(new JsonObject()
                        .put("type", problem.type())
                        .put("title", problem.title())
                        .put("status", problem.status())
                        .put("detail", problem.detail())
                        .mergeIn(new JsonObject(problem.members()))
                        .toBuffer());
    }

    /** A client that writes all before it reads would otherwise never come to read the answer. */
    private static void passOverRest(RoutingContext call) {
        if (!call.request().isEnded()) {
            call.request().resume(); // whoever paused it reads no more
            call.vertx().setTimer(LINGER_MILLIS, id -> {
                if (!call.request().isEnded()) {
                    cutOff(call, NO_ERROR);
                }
            });
        }
    }

    // A connection of HTTP/2 has other streams.
    private static void cutOff(RoutingContext call, long error) {
        if (call.request().version() == HttpVersion.HTTP_2) {
            call.response().reset(error);
        } else {
            call.request().connection().close();
        }
    }
}
