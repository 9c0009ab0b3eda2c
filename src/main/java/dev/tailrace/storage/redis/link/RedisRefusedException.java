package dev.tailrace.storage.redis.link;

/** Redis refused, for a reason that waiting does not remove. */
public final class RedisRefusedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    RedisRefusedException(String message) {
        super(message, null, false, false);
    }
}
