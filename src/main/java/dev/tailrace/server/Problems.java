package dev.tailrace.server;

import dev.tailrace.auth.NextTicket;
import dev.tailrace.metrics.Meters;
import dev.tailrace.metrics.Meters.Limit;
import dev.tailrace.model.Problem;
import dev.tailrace.ring.RingUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers every refusal and failure as {@code application/problem+json} (RFC 9457). */
final class Problems {

    private static final Logger log = LoggerFactory.getLogger(Problems.class);

    private static final String RETRY_AFTER_SECONDS = "2";

    /** Refusals at a limit, by the problem's name. */
    private static final Map<String, Limit> LIMITS = Map.of(
            "too-many-streams", Limit.STREAMS_PER_USER,
            "too-many-devices", Limit.STREAM_DEVICES,
            "broker-full", Limit.FOLLOWED_DEVICES,
            "fleet-full", Limit.FLEET_DEVICES,
            "too-many-tickets", Limit.TICKETS,
            "too-many-logins", Limit.LOGINS,
            "body-too-large", Limit.BODY_BYTES);

    /** For how long a sender that is refused may go on sending before it is cut off. */
    private static final long LINGER_MILLIS = 5000;

    private static final long NO_ERROR = 0; // of HTTP/2

    private static final long INTERNAL_ERROR = 2; // of HTTP/2

    private Problems() {}

    /** After all routes: what none of them took is answered too. */
    static void mount(Router router, Meters meters) {
        router.route().failureHandler(call -> {
            count(call.failure(), meters);
            onFailure(call);
        });
        router.errorHandler(
                404,
                call -> answer(
                        call,
                        new Problem(
                                404, "not-found", "Nothing is here", "see /api/v1/openapi.yaml for what there is")));
        router.errorHandler(
                405,
                call -> answer(
                        call,
                        new Problem(
                                405,
                                "method-not-allowed",
                                "This method is not for this path",
                                "see /api/v1/openapi.yaml")));
        router.errorHandler(
                400,
                call -> answer(
                        call,
                        new Problem(
                                400,
                                "bad-request",
                                "The request cannot be read",
                                "check its path and query for broken escapes")));
        router.errorHandler(
                413,
                call -> answer(
                        call,
                        new Problem(
                                413, "body-too-large", "The body is too large", "a JSON object of 16 KiB is enough")));
        router.errorHandler(500, Problems::onFailure);
    }

    private static void count(Throwable cause, Meters meters) {
        Limit limit = cause instanceof Problem problem ? LIMITS.get(problem.name()) : null;
        if (limit != null) {
            meters.refused(limit);
        }
    }

    private static void onFailure(RoutingContext call) {
        Throwable cause = call.failure();
        if (cause instanceof Problem problem) {
            answer(call, problem);
        } else if (cause instanceof RingUnavailableException) {
            answer(call, Problem.storageAway());
        } else if (call.statusCode() >= 400 && call.statusCode() < 500) {
            call.next();
        } else if (!call.response().ended()) {
            log.error("{} {} failed", call.request().method(), call.normalizedPath(), cause);
            answer(call, new Problem(500, "internal", "The broker failed", "its log says why"));
        }
    }

    static boolean hasBody(HttpServerRequest request) {
        return request.headers().contains("Content-Length") || request.headers().contains("Transfer-Encoding");
    }

    private static void answer(RoutingContext call, Problem problem) {
        HttpServerResponse response = call.response();
        if (response.headWritten()) {
            cutOff(call, INTERNAL_ERROR);
            return;
        }
        if (RetriedStreams.apply(call.request(), problem)) {
            RetriedStreams.answer(call.request(), problem, NextTicket.idToComeAgain(call));
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

    /** Of a request that no route has, or may go on with; nothing else is read of what it came on. */
    static void answerAndClose(HttpServerRequest request, Problem problem) {
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
