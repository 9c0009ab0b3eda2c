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
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Problem;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.CookieSameSite;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.util.List;
import java.util.function.Function;

/** For browsers, which send no headers with what they stream: logins by cookie, and tickets for one request. */
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
        router.post("/api/v1/tickets").handler(body()).handler(this::makeTicket);
        router.post("/api/v1/session").handler(body()).handler(this::logIn);
        router.get("/api/v1/session")
                .handler(call -> answer(call, 200, describe(Caller.of(call).identity())));
        router.delete("/api/v1/session").handler(this::logOut);
    }

    private static BodyHandler body() {
        return BodyHandler.create(false).setBodyLimit(BODY_BYTES);
    }

    // ---- tickets

    private void makeTicket(RoutingContext call) {
        JsonObject asked = json(call);
        List<DeviceId> devices = list(asked, "devices", DeviceId::new);
        List<Permission> permissions = list(asked, "permissions", Permission::of);
        tickets.make(Caller.of(call).identity(), permissions, devices)
                .onSuccess(ticket -> answer(
                        call, 201, new JsonObject().put("ticket", ticket).put("expiresIn", Tickets.LIFE.toSeconds())))
                .onFailure(cause -> {
                    if (cause instanceof Problem problem && problem.status() == 429) {
                        call.response().putHeader("Retry-After", Long.toString(Tickets.LIFE.toSeconds()));
                    }
                    call.fail(cause);
                });
    }

    private static <T> List<T> list(JsonObject asked, String field, Function<String, T> read) {
        Object value = asked.getValue(field, new JsonArray());
        if (!(value instanceof JsonArray array) || array.size() > MAX_DEVICES) {
            throw Problem.badParameter(field, "must be a list of " + MAX_DEVICES + " at most");
        }
        try {
            return array.stream().map(String::valueOf).map(read).distinct().toList();
        } catch (IllegalArgumentException wrong) {
            throw Problem.badParameter(field, String.valueOf(wrong.getMessage()));
        }
    }

    // ---- logins

    private void logIn(RoutingContext call) {
        String shown = Logins.shown(call.request());
        Object token = shown == null ? json(call).getValue("token") : shown;
        if (!(token instanceof String text)) {
            throw Problem.badParameter("token", "send {\"token\":\"…\"}, or Authorization: Bearer TOKEN");
        }
        logins.open(text)
                .onSuccess(login -> {
                    setCookie(call, login);
                    answer(call, 200, describe(login.identity()));
                })
                .onFailure(call::fail);
    }

    private static void setCookie(RoutingContext call, Login login) {
        String cookie = login.cookie();
        if (cookie != null) {
            call.response().addCookie(cookie(call, cookie, login.seconds()));
        }
    }

    private static Cookie cookie(RoutingContext call, String value, long seconds) {
        return Cookie.cookie(Credential.COOKIE, value)
                .setPath("/")
                .setHttpOnly(true)
                .setSameSite(CookieSameSite.STRICT)
                .setSecure(Origins.isOverTls(call.request()))
                .setMaxAge(seconds);
    }

    private void logOut(RoutingContext call) {
        Cookie shown = call.request().getCookie(Credential.COOKIE);
        logins.close(shown == null ? "" : shown.getValue())
                .onSuccess(over -> {
                    call.response()
                            .addCookie(cookie(call, "", 0))
                            .setStatusCode(204)
                            .end();
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

    // ---- bodies

    private static JsonObject json(RoutingContext call) {
        try {
            JsonObject json =
                    call.body().length() <= 0 ? new JsonObject() : call.body().asJsonObject();
            if (json != null) {
                return json;
            }
        } catch (DecodeException | ClassCastException wrong) {
            // told below
        }
        throw new Problem(400, "bad-body", "The body cannot be read", "send a JSON object");
    }

    private static void answer(RoutingContext call, int status, JsonObject body) {
        call.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/json")
                .putHeader("Cache-Control", "no-store")
                .end(body.toBuffer());
    }
}
