package dev.tailrace.storage.redis.link;

/** Redis answered, and the answer was no, for a reason that waiting does not mend. */
public final class RedisRefusedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    RedisRefusedException(String message) {
        super(message, null, false, false);
    }
}
