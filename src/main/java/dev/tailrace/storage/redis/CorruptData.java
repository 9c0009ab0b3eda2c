package dev.tailrace.storage.redis;

import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.redis.link.RedisEvents;
import dev.tailrace.storage.redis.link.RedisRefusedException;
import io.vertx.core.Future;
import io.vertx.redis.client.Response;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts data in Redis that no broker can have written, such as a value of another type or bytes that are not text, and
 * that was skipped. Used by all event loops.
 */
final class CorruptData {

    private static final Logger log = LoggerFactory.getLogger(CorruptData.class);

    /** Kinds that are logged, once each, so that neither the log nor this set grows with what others write. */
    private static final int MOST_LOGGED = 1000;

    /** Logged once each, because it may be found with every read. */
    private final Set<String> logged = ConcurrentHashMap.newKeySet();

    private final RedisEvents events;

    CorruptData(RedisEvents events) {
        this.events = events;
    }

    /** @param what was found, one of a few kinds */
    void found(String what, DeviceId device) {
        events.damaged();
        if (logged.add(what)) {
            log.warn("Skipped unexpected data in Redis: {} of device {}", what, device);
        }
    }

    /** Counts corrupt data that no single device has: a value that all devices share, or a key by its name. */
    void found(String what) {
        events.damaged();
        if (logged.size() < MOST_LOGGED && logged.add(what)) {
            log.warn("Skipped unexpected data in Redis: {}", what);
        }
    }

    /** The answer to a question about a key; null when it holds a value of another type. */
    Future<@Nullable Response> unlessOfAnotherType(String key, Future<Response> answer) {
        return answer.recover(cause -> {
            if (!isOfAnotherType(cause)) {
                return Future.failedFuture(cause);
            }
            found(key);
            return Future.succeededFuture();
        });
    }

    /** Whether Redis refused something because a key holds a value of another type. */
    static boolean isOfAnotherType(Throwable cause) {
        return cause instanceof RedisRefusedException
                && String.valueOf(cause.getMessage()).contains("WRONGTYPE");
    }
}
