package dev.tailrace.auth;

import dev.tailrace.http.LingeringClose;
import dev.tailrace.http.Problem;
import dev.tailrace.http.RequestHead;
import dev.tailrace.http.RequestIds;
import dev.tailrace.http.Route;
import dev.tailrace.http.Route.Access;
import dev.tailrace.http.Route.Body;
import dev.tailrace.http.Route.Dialect;
import dev.tailrace.model.DeviceId;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Stands before all routes of one event loop: authenticates the caller, and lets the request pass if its {@link Route} allows
 * the caller. Nothing of a body is read before.
 */
public final class Gate {

    private final List<Authenticator> authenticators;
    private final Leases leases;
    private final Future<Caller> everybody;
    private int guarded;
    private final RememberedIdentities remembered = new RememberedIdentities();

    /**
     * @param authenticators asked in this order; none: everybody may do everything
     * @param revoked whether a credential of this name was revoked
     * @param clock by which identities end
     * @param streams that callers read, over all event loops
     */
    public Gate(
            Vertx vertx,
            List<Authenticator> authenticators,
            Predicate<String> revoked,
            StorageClock clock,
            OpenStreams streams) {
        this.authenticators = List.copyOf(authenticators);
        this.leases = new Leases(vertx, revoked, clock, streams);
        this.everybody = Future.succeededFuture(new Caller(Identity.EVERYBODY, leases));
    }

    /** Before all routes that it guards. */
    public void mount(Router router) {
        for (Route route : Route.ALL) {
            router.route(route.method(), route.path()).handler(call -> admit(call, route));
        }
        guarded = router.getRoutes().size();
    }

    /**
     * After all routes that it guards.
     *
     * @throws IllegalStateException when one of them is missing in {@link Route#ALL}
     */
    public void verify(Router router) {
        for (var mounted : router.getRoutes().subList(guarded, router.getRoutes().size())) {
            Set<HttpMethod> methods = mounted.methods();
            if (methods == null || !methods.stream().allMatch(method -> isGuarded(method, mounted.getPath()))) {
                throw new IllegalStateException("no access rule for " + methods + " " + mounted.getPath());
            }
        }
    }

    private static boolean isGuarded(HttpMethod method, @Nullable String path) {
        return Route.ALL.stream()
                .anyMatch(route ->
                        route.method().equals(method) && route.path().equals(path));
    }

    private void admit(RoutingContext call, Route route) {
        Future<Caller> caller = admitted(call, route);
        HttpServerRequest request = call.request();
        boolean waits = !caller.isComplete() && (RequestHead.hasBody(request) || RequestHead.isWebSocket(request));
        if (waits) {
            request.pause();
        }
        caller.onSuccess(who -> {
                    who.attach(call);
                    call.next();
                    if (waits && route.body() == Body.NONE && !RequestHead.isWebSocket(request)) {
                        request.resume(); // others are resumed by the reader of their body
                    }
                })
                .onFailure(cause -> {
                    if (waits) {
                        request.resume();
                    }
                    refuse(call, route, cause);
                });
    }

    private Future<Caller> admitted(RoutingContext call, Route route) {
        try {
            if (authenticators.isEmpty() || route.access() == Access.ANYBODY) {
                return everybody;
            }
            DeviceId device = isAboutADevice(route.access()) ? RequestIds.device(call.pathParam("device")) : null;
            return identify(call.request(), route).compose(identity -> {
                NextTicket next = identity.nextTicket();
                if (next != null) {
                    next.attach(call);
                }
                return allowed(identity, route.access(), device);
            });
        } catch (Problem wrong) {
            return Future.failedFuture(wrong);
        }
    }

    private static boolean isAboutADevice(Access access) {
        return switch (access) {
            case WRITER, READER, CLEARER, DEVICE_ADMIN -> true;
            case ANYBODY, CALLER, ADMIN -> false;
        };
    }

    private Future<Caller> allowed(Identity identity, Access access, @Nullable DeviceId device) {
        Caller caller = new Caller(identity, leases);
        return switch (access) {
            case ANYBODY, CALLER -> Future.succeededFuture(caller);
            case WRITER -> require(caller, Permission.LOGS_WRITE, device);
            case READER -> require(caller, Permission.LOGS_READ, device);
            case CLEARER -> require(caller, Permission.LOGS_CLEAR, device);
            case DEVICE_ADMIN -> require(caller, Permission.ADMIN, device);
            case ADMIN ->
                identity.mayEverywhere(Permission.ADMIN)
                        ? Future.succeededFuture(caller)
                        : Future.failedFuture(forbidden(Permission.ADMIN));
        };
    }

    private static Future<Caller> require(Caller caller, Permission permission, @Nullable DeviceId device) {
        return caller.require(permission, Objects.requireNonNull(device)).map(caller);
    }

    // ---- who it is

    private Future<Identity> identify(HttpServerRequest request, Route route) {
        List<Credential> shown = Credential.of(request, route.dialect() == Dialect.BALENA);
        if (shown.isEmpty()) {
            return Future.failedFuture(unauthorized("send Authorization: Bearer TOKEN; tailrace token makes one"));
        }
        if (shown.get(0).kind() == Credential.Kind.TICKET && !route.ticket()) {
            return Future.failedFuture(
                    unauthorized("a ticket is only valid for GET requests of log streams and history"));
        }
        return firstGood(shown);
    }

    private Future<Identity> firstGood(List<Credential> shown) {
        return identify(shown.get(0)).compose(identity -> {
            if (identity != null && !leases.isOver(identity)) {
                return Future.succeededFuture(identity);
            }
            return shown.size() > 1
                    ? firstGood(shown.subList(1, shown.size()))
                    : Future.failedFuture(unauthorized("the credential is invalid, expired or revoked"));
        });
    }

    private Future<@Nullable Identity> identify(Credential credential) {
        if (credential.kind() != Credential.Kind.TOKEN && credential.kind() != Credential.Kind.COOKIE) {
            return ask(authenticators, credential, 0);
        }
        String key = RememberedIdentities.keyOf(credential);
        Identity known = remembered.find(key);
        if (known != null) {
            return Future.succeededFuture(known);
        }
        return ask(authenticators, credential, 0).onSuccess(identity -> {
            // About whom somebody else decides, nothing was found out yet: strangers have as many such tokens as they
            // like.
            if (identity != null && !identity.grants().isEmpty()) {
                remembered.put(key, identity);
            }
        });
    }

    static Future<@Nullable Identity> ask(List<Authenticator> authenticators, Credential credential, int next) {
        if (next == authenticators.size()) {
            return Future.succeededFuture(null);
        }
        return authenticators
                .get(next)
                .identify(credential)
                .compose(identity -> identity == null
                        ? ask(authenticators, credential, next + 1)
                        : Future.succeededFuture(identity));
    }

    // ---- refusals

    private static Problem unauthorized(String detail) {
        return new Problem(401, "unauthorized", "Authentication required", detail);
    }

    private static Problem forbidden(Permission permission) {
        return new Problem(403, "forbidden", "Not allowed", "this requires the grant " + permission.wire() + "@*");
    }

    private static void refuse(RoutingContext call, Route route, Throwable cause) {
        if (cause instanceof Problem problem && problem.status() == 401) {
            call.response().putHeader("WWW-Authenticate", "Bearer realm=\"tailrace\"");
        }
        if (route.dialect() == Dialect.BALENA && cause instanceof Problem problem && isOfDevice(problem)) {
            refuseAsBalena(call, route, problem);
        } else {
            call.fail(cause);
        }
    }

    private static boolean isOfDevice(Problem problem) {
        return problem.status() == 401 || problem.status() == 404;
    }

    /** A device that is not the caller's is 401 to writers and 404 to readers. */
    private static void refuseAsBalena(RoutingContext call, Route route, Problem problem) {
        boolean writing = route.access() == Access.WRITER;
        int status = writing ? 401 : problem.status();
        LingeringClose.cutOffLater(call);
        call.response().setStatusCode(status);
        if (status == 404) {
            call.response()
                    .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                    .end("\"No device with uuid " + call.pathParam("device") + "\"");
        } else {
            call.response().end();
        }
    }
}
