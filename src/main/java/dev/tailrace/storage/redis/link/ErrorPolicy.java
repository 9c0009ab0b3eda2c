package dev.tailrace.storage.redis.link;

import dev.tailrace.storage.RingUnavailableException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides what an error of Redis means for a call: unavailable, when the same call may succeed later, or refused. Logs
 * each error once per episode. Touched on the router's event loop only.
 */
final class ErrorPolicy {

    private static final Logger log = LoggerFactory.getLogger(ErrorPolicy.class);

    /** Codes of a Redis that cannot carry out a call at present, but will. */
    private static final List<String> PASSING = List.of(
            "LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "UNBLOCKED", "BUSY", "OOM", "MISCONF", "NOREPLICAS");

    /** An error that has not occurred for so long is over; when it occurs again it is logged again. */
    private static final long EPISODE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Runnable refresh;

    /** When the errors that were logged occurred last, by code; there are as many as Redis has error codes. */
    private final Map<String, Long> logged = new HashMap<>();

    /** @param refresh finds the masters again */
    ErrorPolicy(Runnable refresh) {
        this.refresh = refresh;
    }

    /** The outcome of a call whose error is not followed to another server. */
    RuntimeException failure(CommandNode node, String what, RedisError error) {
        String code = error.code();
        if (code.equals("READONLY")) {
            // The connection is fine and its server is not: another one is the master now.
            node.lose("it has become a replica");
            return unavailable(node, error);
        }
        boolean passes = PASSING.contains(code);
        if (passes || code.equals("MOVED") || code.equals("ASK")) {
            refresh.run();
            if (passes) { // otherwise slots move, which is not a fault
                logPassing(node, what, error);
            }
            return unavailable(node, error);
        }
        if (error.isLackOfRights()) {
            return lackOfRights(node, what, error);
        }
        if (!code.equals("WRONGTYPE")) { // which is damage, and logged where the damage is found
            logRefusal(node, what, error);
        }
        return new RedisRefusedException("Redis refuses to " + what + ": " + error.message());
    }

    /** The operator of Redis can give the right at any time. */
    private RuntimeException lackOfRights(CommandNode node, String what, RedisError error) {
        node.askRights()
                .onSuccess(all -> {
                    if (all) { // but not of this key, which is reported nowhere else
                        logRefusal(node, what, error);
                    }
                })
                .onFailure(cause -> logRefusal(node, what, error));
        return unavailable(node, error);
    }

    private void logRefusal(CommandNode node, String what, RedisError error) {
        if (logged.put(error.code(), System.nanoTime()) == null) {
            log.error("Redis at {} refuses to {}: {}", node.address(), what, error.message());
        }
    }

    /** Logged when an episode begins, because the operator of Redis may have to make room in it. */
    private void logPassing(CommandNode node, String what, RedisError error) {
        long now = System.nanoTime();
        Long last = logged.put(error.code(), now);
        if (last == null || now - last > EPISODE_NANOS) {
            log.warn("Redis at {} cannot {} at the moment, retrying: {}", node.address(), what, error.message());
        }
    }

    private static RingUnavailableException unavailable(CommandNode node, RedisError error) {
        return new RingUnavailableException(
                "Redis at " + node.address() + " cannot do it at the moment: " + error.message());
    }
}
