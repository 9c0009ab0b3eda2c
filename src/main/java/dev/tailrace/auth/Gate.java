package dev.tailrace.auth;

import dev.tailrace.http.Problem;
import dev.tailrace.http.RequestIds;
import dev.tailrace.model.DeviceId;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Stands before all routes of one event loop: finds out who calls, and lets pass whom the route's {@link Rule} allows.
 * Nothing of a body is read before.
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
        for (Rule rule : Rule.ALL) {
            router.route(rule.method(), rule.path()).handler(call -> admit(call, rule));
        }
        guarded = router.getRoutes().size();
    }

    /**
     * After all routes that it guards.
     *
     * @throws IllegalStateException when one of them has no rule
     */
    public void verify(Router router) {
        for (Route route :
                router.getRoutes().subList(guarded, router.getRoutes().size())) {
            Set<HttpMethod> methods = route.methods();
            if (methods == null || !methods.stream().allMatch(method -> Rule.exists(method, route.getPath()))) {
                throw new IllegalStateException("no access rule for " + methods + " " + route.getPath());
            }
        }
    }

    private void admit(RoutingContext call, Rule rule) {
        Future<Caller> caller = admitted(call, rule);
        HttpServerRequest request = call.request();
        boolean waits = !caller.isComplete() && (hasBody(request) || isUpgrade(request));
        if (waits) {
            request.pause();
        }
        caller.onSuccess(who -> {
                    who.attach(call);
                    call.next();
                    if (waits && !rule.takesBody() && !isUpgrade(request)) {
                        request.resume();
                    }
                })
                .onFailure(cause -> {
                    if (waits) {
                        request.resume();
                    }
                    refuse(call, rule, cause);
                });
    }

    private Future<Caller> admitted(RoutingContext call, Rule rule) {
        try {
            if (authenticators.isEmpty() || rule.need() == Rule.Need.NOTHING) {
                return everybody;
            }
            DeviceId device = rule.need() == Rule.Need.DEVICE ? RequestIds.device(call.pathParam("device")) : null;
            return identify(call.request(), rule).compose(identity -> {
                NextTicket next = identity.nextTicket();
                if (next != null) {
                    next.attach(call);
                }
                return allowed(identity, rule, device);
            });
        } catch (Problem wrong) {
            return Future.failedFuture(wrong);
        }
    }

    private Future<Caller> allowed(Identity identity, Rule rule, @Nullable DeviceId device) {
        Caller caller = new Caller(identity, leases);
        return switch (rule.need()) {
            case NOTHING, IDENTITY -> Future.succeededFuture(caller);
            case DEVICE ->
                caller.require(Objects.requireNonNull(rule.permission()), Objects.requireNonNull(device))
                        .map(caller);
            case ALL_DEVICES ->
                identity.mayEverywhere(Objects.requireNonNull(rule.permission()))
                        ? Future.succeededFuture(caller)
                        : Future.failedFuture(forbidden(rule));
        };
    }

    // ---- who it is

    private Future<Identity> identify(HttpServerRequest request, Rule rule) {
        List<Credential> shown = Credential.of(request, rule.isBalena());
        if (shown.isEmpty()) {
            return Future.failedFuture(unauthorized("send Authorization: Bearer TOKEN; tailrace token makes one"));
        }
        if (shown.get(0).kind() == Credential.Kind.TICKET && !rule.takesTicket()) {
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

    private static Problem forbidden(Rule rule) {
        Permission permission = Objects.requireNonNull(rule.permission());
        return new Problem(403, "forbidden", "Not allowed", "this requires the grant " + permission.wire() + "@*");
    }

    private static void refuse(RoutingContext call, Rule rule, Throwable cause) {
        if (cause instanceof Problem problem && problem.status() == 401) {
            call.response().putHeader("WWW-Authenticate", "Bearer realm=\"tailrace\"");
        }
        if (rule.isBalena() && cause instanceof Problem problem && isOfDevice(problem)) {
            refuseAsBalena(call, rule, problem);
        } else {
            call.fail(cause);
        }
    }

    private static boolean isOfDevice(Problem problem) {
        return problem.status() == 401 || problem.status() == 404;
    }

    /** A device that is not the caller's is 401 to writers and 404 to readers. */
    private static void refuseAsBalena(RoutingContext call, Rule rule, Problem problem) {
        boolean writing = rule.permission() == Permission.LOGS_WRITE;
        int status = writing ? 401 : problem.status();
        boolean isStream = call.request().version() == HttpVersion.HTTP_2; // which has no such header
        if (!isStream && hasBody(call.request())) {
            call.response().putHeader(HttpHeaders.CONNECTION, "close");
        }
        call.response().setStatusCode(status);
        if (status == 404) {
            call.response()
                    .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                    .end("\"No device with uuid " + call.pathParam("device") + "\"");
        } else {
            call.response().end();
        }
    }

    private static boolean hasBody(HttpServerRequest request) {
        return request.headers().contains(HttpHeaders.CONTENT_LENGTH)
                || request.headers().contains(HttpHeaders.TRANSFER_ENCODING)
                || request.version() == HttpVersion.HTTP_2;
    }

    private static boolean isUpgrade(HttpServerRequest request) {
        return request.headers().contains(HttpHeaders.UPGRADE, "websocket", true);
    }
}
