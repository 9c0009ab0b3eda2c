package dev.tailrace.http;

import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Responses that carry a {@link Problem} (RFC 9457), also to requests whose body is still being sent. */
public final class ProblemResponse {

    private ProblemResponse() {}

    /** @param retryId the event id with which a retried stream resumes, or null */
    public static void answer(RoutingContext call, Problem problem, Supplier<@Nullable String> retryId) {
        HttpServerResponse response = call.response();
        if (response.headWritten()) {
            CutOff.incomplete(call.request());
        } else if (RetriedStreams.apply(call.request(), problem)) {
            RetriedStreams.answer(call.request(), problem, retryId.get());
        } else {
            RetryAfter.apply(response, problem.status());
            LingeringClose.cutOffLater(call);
            write(response, problem);
        }
    }

    /** Refuses a request without reading on, and closes its connection, or its stream of HTTP/2. */
    public static void answerAndClose(HttpServerRequest request, Problem problem) {
        request.pause();
        if (!RequestHead.isHttp2(request)) {
            request.response().putHeader("Connection", "close");
        }
        write(request.response(), problem).onComplete(written -> CutOff.answered(request));
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
}
