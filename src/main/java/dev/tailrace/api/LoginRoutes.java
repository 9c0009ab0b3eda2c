package dev.tailrace.api;

import dev.tailrace.auth.Caller;
import dev.tailrace.auth.Credential;
import dev.tailrace.auth.Grant;
import dev.tailrace.auth.Identity;
import dev.tailrace.auth.Logins;
import dev.tailrace.auth.Logins.Login;
import dev.tailrace.auth.Origins;
import dev.tailrace.auth.Permission;
import dev.tailrace.auth.Tickets;
import dev.tailrace.http.JsonBody;
import dev.tailrace.http.Problem;
import dev.tailrace.http.RetryAfter;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.PeerNetwork;
import io.vertx.core.Future;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.CookieSameSite;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Logins by cookie and tickets for one request, for browsers, which cannot add headers to a stream. */
public final class LoginRoutes {

    private static final int BODY_BYTES = 64 * 1024;
    private static final int MAX_DEVICES = 1000;

    private final Logins logins;
    private final Tickets tickets;

    public LoginRoutes(Logins logins, Tickets tickets) {
        this.logins = logins;
        this.tickets = tickets;
    }

    public void mount(Router router) {
        router.post("/api/v1/tickets").handler(JsonBody.handler(BODY_BYTES, this::makeTicket));
        router.post("/api/v1/session").handler(JsonBody.handler(BODY_BYTES, this::logIn));
        router.get("/api/v1/session")
                .handler(call -> answer(call, 200, describe(Caller.of(call).identity())));
        router.delete("/api/v1/session").handler(this::logOut);
    }

    // ---- tickets

    private void makeTicket(RoutingContext call, JsonObject asked) {
        List<DeviceId> devices = list(asked, "devices", DeviceId::new);
        List<Permission> permissions = list(asked, "permissions", Permission::of);
        tickets.make(Caller.of(call).identity(), permissions, devices, path(asked))
                .onSuccess(ticket -> answer(
                        call, 201, new JsonObject().put("ticket", ticket).put("expiresIn", Tickets.LIFE.toSeconds())))
                .onFailure(cause -> fail(call, cause, Tickets.LIFE));
    }

    /** @param later after which the request may succeed */
    private static void fail(RoutingContext call, Throwable cause, Duration later) {
        if (cause instanceof Problem problem && problem.status() == 429) {
            RetryAfter.apply(call.response(), problem.status(), later.toSeconds());
        }
        call.fail(cause);
    }

    private static @Nullable String path(JsonObject asked) {
        Object path = asked.getValue("path");
        if (path == null || path instanceof String) {
            return (String) path;
        }
        throw Problem.badParameter("path", "must be a string");
    }

    private static <T> List<T> list(JsonObject asked, String field, Function<String, T> read) {
        Object value = asked.getValue(field, new JsonArray());
        if (!(value instanceof JsonArray array) || array.size() > MAX_DEVICES) {
            throw Problem.badParameter(field, "must be a list of at most " + MAX_DEVICES + " elements");
        }
        try {
            return array.stream().map(String::valueOf).map(read).distinct().toList();
        } catch (IllegalArgumentException wrong) {
            throw Problem.badParameter(field, String.valueOf(wrong.getMessage()));
        }
    }

    // ---- logins

    private void logIn(RoutingContext call, JsonObject body) {
        String shown = Logins.shown(call.request());
        Object token = shown == null ? body.getValue("token") : shown;
        if (!(token instanceof String text)) {
            throw Problem.badParameter("token", "send {\"token\":\"…\"}, or Authorization: Bearer TOKEN");
        }
        logins.open(text, PeerNetwork.ofLiteral(call.request().remoteAddress().hostAddress()))
                .onSuccess(login -> {
                    setCookie(call, login);
                    answer(call, 200, describe(login.identity()));
                })
                .onFailure(cause -> fail(call, cause, Logins.AFTERLIFE));
    }

    private static void setCookie(RoutingContext call, Login login) {
        String cookie = login.cookie();
        if (cookie != null) {
            boolean isOverTls = Origins.isOverTls(call.request());
            call.response()
                    .addCookie(cookie(
                            isOverTls ? Credential.HOST_COOKIE : Credential.COOKIE,
                            isOverTls,
                            cookie,
                            login.seconds()));
        }
    }

    private static Cookie cookie(String name, boolean secure, String value, long seconds) {
        return Cookie.cookie(name, value)
                .setPath("/")
                .setHttpOnly(true)
                .setSameSite(CookieSameSite.STRICT)
                .setSecure(secure)
                .setMaxAge(seconds);
    }

    /** Ends all logins whose cookies the request has, because it is unknown which of them is the one of this page. */
    private void logOut(RoutingContext call) {
        List<Future<Void>> closed =
                Credential.cookies(call.request()).stream().map(logins::close).toList();
        Future.all(closed)
                .onSuccess(over -> {
                    boolean isOverTls = Origins.isOverTls(call.request());
                    call.response().addCookie(cookie(Credential.COOKIE, isOverTls, "", 0));
                    if (isOverTls) {
                        call.response().addCookie(cookie(Credential.HOST_COOKIE, true, "", 0));
                    }
                    call.response().setStatusCode(204).end();
                })
                .onFailure(call::fail);
    }

    private static JsonObject describe(Identity who) {
        return new JsonObject()
                .put("subject", who.subject())
                .put(
                        "grants",
                        new JsonArray(who.grants().stream().map(Grant::toString).toList()))
                .put("expiresAt", who.expiresAt() == Identity.NEVER ? null : who.expiresAt());
    }

    // ---- responses

    private static void answer(RoutingContext call, int status, JsonObject body) {
        call.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/json")
                .putHeader("Cache-Control", "no-store")
                .end(body.toBuffer());
    }
}
