package dev.tailrace.ring.redis;

import dev.tailrace.model.DeviceId;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts what was found in Redis that no broker can have left there, such as a value of another type or bytes that are no
 * text, and was passed over. Used by all event loops.
 */
final class Damage {

    private static final Logger log = LoggerFactory.getLogger(Damage.class);

    /** Logged once each, for it may be met with every read. */
    private final Set<String> logged = ConcurrentHashMap.newKeySet();

    private final RedisEvents events;

    Damage(RedisEvents events) {
        this.events = events;
    }

    /** @param what was found, one of a few */
    void found(String what, DeviceId device) {
        events.damaged();
        if (logged.add(what)) {
            log.warn("Redis holds what no broker wrote, and it is passed over: {} of device {}", what, device);
        }
    }

    /** The same of what all devices share. */
    void found(String what) {
        events.damaged();
        if (logged.add(what)) {
            log.warn("Redis holds what no broker wrote, and it is passed over: {}", what);
        }
    }
}
