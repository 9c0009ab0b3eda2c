package dev.tailrace.storage.redis.link;

import io.vertx.redis.client.Response;
import org.jspecify.annotations.Nullable;

/**
 * An error that Redis answered with.
 *
 * @param code its first word
 * @param message all of it
 */
public record RedisError(String code, String message) {

    /** The error of Redis in a failure, or null when the failure did not come from Redis. */
    public static @Nullable RedisError of(Throwable failure) {
        RedisError error = of(String.valueOf(failure.getMessage()));
        // The client makes the same kind of exception when a connection ends.
        return failure instanceof Response && !error.code.equals("CONNECTION_CLOSED") ? error : null;
    }

    public static RedisError of(String message) {
        return new RedisError(message.split(" ", 2)[0], message);
    }

    /** Whether the user lacks a right. Redis words it differently for commands of scripts and for sent commands. */
    boolean isLackOfRights() {
        return code.equals("NOPERM") || message.contains("The user executing the script can't");
    }

    /** The server that a {@code MOVED} or {@code ASK} names. */
    RedisAddress target(RedisAddress sender) {
        return RedisAddress.ofRedis(message.split(" ")[2], sender);
    }
}
