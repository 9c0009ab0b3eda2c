package dev.tailrace.server;

import dev.tailrace.auth.NextTicket;
import dev.tailrace.broker.FilterRefusedException;
import dev.tailrace.http.Problem;
import dev.tailrace.http.ProblemResponse;
import dev.tailrace.metrics.Limit;
import dev.tailrace.metrics.Refusals;
import dev.tailrace.storage.RingUnavailableException;
import io.vertx.core.http.HttpClosedException;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers all refusals and failures of routes as {@code application/problem+json} (RFC 9457). */
public final class Problems {

    private static final Logger log = LoggerFactory.getLogger(Problems.class);

    /** Limits in metrics, by the names of the problems that they cause. */
    private static final Map<String, Limit> LIMITS = Map.of(
            "too-many-streams", Limit.STREAMS_PER_USER,
            "too-many-devices", Limit.STREAM_DEVICES,
            "broker-full", Limit.FOLLOWED_DEVICES,
            "fleet-full", Limit.FLEET_DEVICES,
            "too-many-tickets", Limit.TICKETS,
            "too-many-logins", Limit.LOGINS,
            "body-too-large", Limit.BODY_BYTES);

    private Problems() {}

    /** Call after all routes are mounted; requests without a route are answered as well. */
    static void mount(Router router, Refusals refusals) {
        router.route().failureHandler(call -> {
            count(call.failure(), refusals);
            onFailure(call);
        });
        router.errorHandler(
                404,
                call -> answer(
                        call,
                        new Problem(
                                404, "not-found", "Not found", "see /api/v1/openapi.yaml for the available routes")));
        router.errorHandler(
                405,
                call -> answer(
                        call,
                        new Problem(405, "method-not-allowed", "Method not allowed", "see /api/v1/openapi.yaml")));
        router.errorHandler(
                400,
                call -> answer(
                        call,
                        new Problem(
                                400,
                                "bad-request",
                                "Malformed request",
                                "check the percent-encoding of its path and query")));
        router.errorHandler(500, Problems::onFailure);
    }

    private static void count(Throwable cause, Refusals refusals) {
        Limit limit = cause instanceof Problem problem ? LIMITS.get(problem.name()) : null;
        if (limit != null) {
            refusals.refused(limit);
        }
    }

    private static void onFailure(RoutingContext call) {
        Throwable cause = call.failure();
        if (cause instanceof Problem problem) {
            answer(call, problem);
        } else if (cause instanceof RingUnavailableException) {
            answer(call, Problem.storageAway());
        } else if (cause instanceof FilterRefusedException refused) {
            answer(call, problem(refused.reason()));
        } else if (call.statusCode() >= 400 && call.statusCode() < 500) {
            call.next();
        } else if (cause instanceof HttpClosedException) {
            log.debug("{} {}: the client disconnected", call.request().method(), call.normalizedPath());
        } else if (!call.response().ended()) {
            log.error("{} {} failed", call.request().method(), call.normalizedPath(), cause);
            answer(call, new Problem(500, "internal", "Internal error", "see the log of the broker"));
        }
    }

    private static void answer(RoutingContext call, Problem problem) {
        ProblemResponse.answer(call, problem, () -> NextTicket.idToComeAgain(call));
    }

    private static Problem problem(FilterRefusedException.Reason reason) {
        return switch (reason) {
            case TOO_MANY ->
                new Problem(
                        429,
                        "too-many-filters",
                        "Too many concurrent filters",
                        "requests of this caller with a costly pattern are waiting; retry when they are answered");
            case READER_LEFT -> new Problem(503, "reader-gone", "Reader disconnected", "retry to get a response");
        };
    }
}
