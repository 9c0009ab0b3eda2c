package dev.tailrace.api;

import dev.tailrace.auth.Grant;
import dev.tailrace.auth.Identity;
import dev.tailrace.auth.Key;
import dev.tailrace.auth.Keys;
import dev.tailrace.auth.Permission;
import dev.tailrace.auth.Revocations;
import dev.tailrace.http.JsonBody;
import dev.tailrace.http.Problem;
import dev.tailrace.http.RequestIds;
import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.KeyValueStore;
import dev.tailrace.storage.RevocationList;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Keys of devices, people and programs, and revocations. A key is shown once, when it is created. */
public final class KeyRoutes {

    private static final int BODY_BYTES = 16 * 1024;
    private static final int MAX_NAME = 128;
    private static final Duration USUAL_GRACE = Duration.ofHours(1);
    private static final Duration MAX_GRACE = Duration.ofDays(30);

    /** The form of {@link Identity#credentials()}. */
    private static final Pattern CREDENTIAL =
            Pattern.compile("(key|jti|sub|cert|login|balena):[\\x21-\\x7e&&[^@]]{1,256}");

    private final RevocationList revoked;
    private final Keys keys;
    private final Revocations revocations;

    public KeyRoutes(RevocationList revoked, Keys keys, Revocations revocations) {
        this.revoked = revoked;
        this.keys = keys;
        this.revocations = revocations;
    }

    public void mount(Router router) {
        mount(router, "/api/v1/devices/:device/keys", call -> RequestIds.device(call.pathParam("device")));
        mount(router, "/api/v1/keys", call -> null);
        router.get("/api/v1/revocations").handler(this::revoked);
        router.post("/api/v1/revocations").handler(JsonBody.handler(BODY_BYTES, this::revoke));
    }

    private void mount(Router router, String path, Function<RoutingContext, @Nullable DeviceId> device) {
        router.get(path).handler(call -> list(call, device.apply(call)));
        router.post(path).handler(JsonBody.handler(BODY_BYTES, (call, body) -> make(call, body, device.apply(call))));
        router.post(path + "/:key/rotate")
                .handler(JsonBody.handler(BODY_BYTES, (call, body) -> rotate(call, body, device.apply(call))));
        router.delete(path + "/:key").handler(call -> end(call, device.apply(call)));
    }

    // ---- keys

    private void list(RoutingContext call, @Nullable DeviceId device) {
        keys.list(device)
                .onSuccess(all -> {
                    JsonArray array = new JsonArray();
                    all.forEach(key -> array.add(describe(key)));
                    answer(call, 200, new JsonObject().put("keys", array));
                })
                .onFailure(call::fail);
    }

    private void make(RoutingContext call, JsonObject asked, @Nullable DeviceId device) {
        String name = text(asked, "name", "");
        if (name.length() > MAX_NAME) {
            throw Problem.badParameter("name", "must have at most " + MAX_NAME + " characters");
        }
        keys.make(device, name, grants(asked, device), duration(asked, "expiresIn"))
                .onSuccess(made -> answer(call, 201, describe(made.key()).put("token", made.token())))
                .onFailure(call::fail);
    }

    /** The grants of a device's key are about this device only; by default the key may write its lines. */
    private static List<Grant> grants(JsonObject asked, @Nullable DeviceId device) {
        Object given = asked.getValue("grants");
        if (given == null && device != null) {
            return List.of(Grant.device(Permission.LOGS_WRITE, device));
        }
        if (!(given instanceof JsonArray array) || array.isEmpty() || array.size() > 100) {
            throw Problem.badParameter("grants", "must be 1 to 100 grants, such as [\"logs:read@*\"]");
        }
        List<Grant> grants = array.stream().map(KeyRoutes::grant).toList();
        if (device != null
                && !grants.stream()
                        .allMatch(one ->
                                one.reach() == Grant.Reach.DEVICE && one.name().equals(device.value()))) {
            throw Problem.badParameter("grants", "a key of a device can only have grants for that device");
        }
        return grants;
    }

    private static Grant grant(Object text) {
        try {
            return Grant.parse(String.valueOf(text));
        } catch (IllegalArgumentException wrong) {
            throw Problem.badParameter("grants", String.valueOf(wrong.getMessage()));
        }
    }

    private void rotate(RoutingContext call, JsonObject body, @Nullable DeviceId device) {
        Duration asked = duration(body, "grace");
        Duration grace = asked == null ? USUAL_GRACE : asked;
        if (grace.compareTo(MAX_GRACE) > 0) {
            throw Problem.badParameter("grace", "must be at most 30 days, in seconds");
        }
        keys.rotate(device, call.pathParam("key"), grace)
                .onSuccess(made -> answer(call, 201, describe(made.key()).put("token", made.token())))
                .onFailure(call::fail);
    }

    private void end(RoutingContext call, @Nullable DeviceId device) {
        keys.revoke(device, call.pathParam("key"))
                .onSuccess(gone -> call.response().setStatusCode(204).end())
                .onFailure(call::fail);
    }

    private static JsonObject describe(Key key) {
        JsonObject json = new JsonObject()
                .put("id", key.id())
                .put("name", key.name())
                .put(
                        "grants",
                        new JsonArray(key.grants().stream().map(Grant::toString).toList()))
                .put("created", key.created())
                .put("expiresAt", key.expiresAt() == Identity.NEVER ? null : key.expiresAt());
        DeviceId device = key.device();
        return device == null ? json : json.put("device", device.value());
    }

    // ---- revocations

    private void revoked(RoutingContext call) {
        answer(call, 200, new JsonObject().put("revoked", new JsonArray(revocations.names())));
    }

    private void revoke(RoutingContext call, JsonObject asked) {
        String credential = text(asked, "credential", "");
        if (!CREDENTIAL.matcher(credential).matches()) {
            throw Problem.badParameter(
                    "credential", "must be key:ID, jti:ID, sub:SUBJECT, cert:FINGERPRINT, login:ID or balena:HASH");
        }
        revocations
                .revokeNamed(revoked, credential, until(asked))
                .onSuccess(told -> call.response().setStatusCode(204).end())
                .onFailure(call::fail);
    }

    /** When the credential expires. */
    private static long until(JsonObject asked) {
        Object value = asked.getValue("expiresAt");
        if (value == null) {
            return KeyValueStore.FOREVER;
        }
        if (value instanceof Number millis && millis.longValue() > 0) {
            return millis.longValue();
        }
        throw Problem.badParameter("expiresAt", "must be epoch milliseconds, such as the expiry of the token");
    }

    // ---- fields of bodies

    private static String text(JsonObject json, String field, String absent) {
        Object value = json.getValue(field, absent);
        if (value instanceof String text) {
            return text;
        }
        throw Problem.badParameter(field, "must be a string");
    }

    private static @Nullable Duration duration(JsonObject json, String field) {
        Object value = json.getValue(field);
        if (value == null) {
            return null;
        }
        if (value instanceof Integer seconds && seconds >= 0) {
            return Duration.ofSeconds(seconds);
        }
        throw Problem.badParameter(field, "must be a whole number of seconds, 0 or more");
    }

    private static void answer(RoutingContext call, int status, JsonObject body) {
        call.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/json")
                .putHeader("Cache-Control", "no-store")
                .end(body.toBuffer());
    }
}
