package dev.tailrace.auth;

import dev.tailrace.http.LingeringClose;
import dev.tailrace.http.Problem;
import dev.tailrace.http.RequestHead;
import dev.tailrace.http.RequestIds;
import dev.tailrace.http.Route;
import dev.tailrace.http.Route.Access;
import dev.tailrace.http.Route.Body;
import dev.tailrace.http.Route.Dialect;
import dev.tailrace.http.WebSocketUpgrade;
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
 * The authentication of one event loop, before all routes: identifies the caller, and passes the request on if its {@link Route} allows
 * the caller. Nothing of a body is read before that.
 */
public final class Gate {

    private final List<Authenticator> authenticators;
    private final Leases leases;
    private final Future<Caller> everybody;
    private int guarded;
    private final RememberedIdentities remembered = new RememberedIdentities();

    /**
     * @param authenticators tried in this order; none: everybody may do everything
     * @param revoked whether a credential of this name is revoked
     * @param clock by which identities expire
     * @param streams counts the streams of callers, over all event loops
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

    /** Call before the routes are mounted that it guards. */
    public void mount(Router router) {
        for (Route route : Route.ALL) {
            router.route(route.method(), route.path()).handler(call -> admit(call, route));
        }
        guarded = router.getRoutes().size();
    }

    /**
     * Call after these routes are mounted.
     *
     * @throws IllegalStateException when one of them is missing in {@link Route#ALL}
     */
    public void verify(Router router) {
        for (var mounted :
                router.getRoutes().subList(guarded, router.getRoutes().size())) {
            Set<HttpMethod> methods = mounted.methods();
            if (methods == null || !methods.stream().allMatch(method -> isGuarded(method, mounted.getPath()))) {
                throw new IllegalStateException("no access rule for " + methods + " " + mounted.getPath());
            }
        }
    }

    private static boolean isGuarded(HttpMethod method, @Nullable String path) {
        return Route.ALL.stream()
                .anyMatch(route -> route.method().equals(method) && route.path().equals(path));
    }

    private void admit(RoutingContext call, Route route) {
        Future<Caller> caller = admitted(call, route);
        HttpServerRequest request = call.request();
        boolean waits = !caller.isComplete() && (RequestHead.hasBody(request) || WebSocketUpgrade.isAsked(request));
        if (waits) {
            request.pause();
        }
        caller.onSuccess(who -> {
                    who.attach(call);
                    call.next();
                    if (waits && route.body() == Body.NONE && !WebSocketUpgrade.isAsked(request)) {
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

    // ---- identification

    private Future<Identity> identify(HttpServerRequest request, Route route) {
        List<Credential> credentials = Credential.of(request, route.dialect() == Dialect.BALENA);
        if (credentials.isEmpty()) {
            return Future.failedFuture(unauthorized("send Authorization: Bearer TOKEN; tailrace token makes one"));
        }
        if (credentials.get(0).kind() == Credential.Kind.TICKET && !route.ticket()) {
            return Future.failedFuture(
                    unauthorized("a ticket is only valid for GET requests of log streams and history"));
        }
        return firstGood(credentials);
    }

    private Future<Identity> firstGood(List<Credential> credentials) {
        return identify(credentials.get(0)).compose(identity -> {
            if (identity != null && !leases.isOver(identity)) {
                return Future.succeededFuture(identity);
            }
            return credentials.size() > 1
                    ? firstGood(credentials.subList(1, credentials.size()))
                    : Future.failedFuture(unauthorized("the credential is invalid, expired or revoked"));
        });
    }

    private Future<@Nullable Identity> identify(Credential credential) {
        if (credential.kind() != Credential.Kind.TOKEN && credential.kind() != Credential.Kind.COOKIE) {
            return authenticate(authenticators, credential, 0);
        }
        String key = RememberedIdentities.keyOf(credential);
        Identity known = remembered.find(key);
        if (known != null) {
            return Future.succeededFuture(known);
        }
        return authenticate(authenticators, credential, 0).onSuccess(identity -> {
            // An identity without grants is only a claim so far, and strangers can invent any number of them.
            if (identity != null && !identity.grants().isEmpty()) {
                remembered.put(key, identity);
            }
        });
    }

    static Future<@Nullable Identity> authenticate(
            List<Authenticator> authenticators, Credential credential, int next) {
        if (next == authenticators.size()) {
            return Future.succeededFuture(null);
        }
        return authenticators
                .get(next)
                .identify(credential)
                .compose(identity -> identity == null
                        ? authenticate(authenticators, credential, next + 1)
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

    /** A device that the caller may not use is answered 401 to writers and 404 to readers. */
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
