package dev.tailrace.auth;

import dev.tailrace.model.DeviceId;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A key as it is stored: without its secret.
 *
 * @param id its name; not a secret
 * @param hash of the secret
 * @param device that owns the key; null for a key of a person or program
 * @param name a label for people
 * @param created epoch milliseconds
 * @param expiresAt epoch milliseconds, or {@link Identity#NEVER}
 */
public record Key(
        String id,
        String hash,
        @Nullable DeviceId device,
        String name,
        List<Grant> grants,
        long created,
        long expiresAt) {

    /** The stored text. */
    String encode() {
        return new JsonObject()
                .put("hash", hash)
                .put("device", device == null ? null : device.value())
                .put("name", name)
                .put(
                        "grants",
                        new JsonArray(grants.stream().map(Grant::toString).toList()))
                .put("created", created)
                .put("expiresAt", expiresAt)
                .encode();
    }

    /** @throws RuntimeException when the text is not from {@link #encode} */
    static Key decode(String id, String text) {
        JsonObject json = new JsonObject(text);
        String device = json.getString("device");
        return new Key(
                id,
                Objects.requireNonNull(json.getString("hash")),
                device == null ? null : new DeviceId(device),
                Objects.requireNonNull(json.getString("name")),
                json.getJsonArray("grants").stream()
                        .map(grant -> Grant.parse((String) grant))
                        .toList(),
                json.getLong("created"),
                json.getLong("expiresAt"));
    }

    Key until(long end) {
        return new Key(id, hash, device, name, grants, created, Math.min(end, expiresAt));
    }

    /** The name in {@link Identity#credentials()}. */
    String credential() {
        return "key:" + id;
    }

    /** All keys of a device are one caller in limits. */
    String subject() {
        return device == null ? credential() : "device:" + device;
    }
}
