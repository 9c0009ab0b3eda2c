package dev.tailrace.storage.redis;

import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A broker renews its lease while it is alive, and the devices connected to it are online as long as the lease is in
 * force.
 *
 * @param id names the lease, and with it a set of devices in Redis
 * @param renewed when it was renewed last, ms of Redis' clock
 */
record BrokerLease(String id, long renewed) {

    /** A lease is in force for so long after it was renewed. */
    static final long FORCE_MILLIS = 15_000;

    /** A lease that was not renewed for so long is removed. */
    static final long REMOVED_MILLIS = 60_000;

    /** As many as one call looks at. Brokers are fewer, and leases that are not in force are removed within minutes. */
    private static final int MOST = 256;

    private static final Pattern ID = Pattern.compile("[a-z0-9]{1,32}");

    /** The key of the set of connected devices. */
    String key() {
        return keyOf(id);
    }

    static String keyOf(String id) {
        return "tailrace:{devices}:lease:" + id;
    }

    /**
     * Whether devices of this lease are online. A lease that seems to be renewed far in the future is not in force: no
     * broker renews it so, and it would stay for as long.
     */
    boolean isInForce(long now) {
        return renewed > now - FORCE_MILLIS && renewed < now + REMOVED_MILLIS;
    }

    /** @param flat ids, each followed by the time of its renewal */
    static List<BrokerLease> read(Iterable<Response> flat) {
        List<BrokerLease> leases = new ArrayList<>();
        String id = null;
        for (Response one : flat) {
            if (id == null) {
                id = one.toString();
                continue;
            }
            if (ID.matcher(id).matches()) {
                leases.add(new BrokerLease(id, millis(one.toString())));
            }
            id = null;
        }
        leases.sort(Comparator.comparingLong(BrokerLease::renewed).reversed());
        return List.copyOf(leases.subList(0, Math.min(leases.size(), MOST)));
    }

    /** Parses a score; Redis writes infinity in its own way. */
    private static long millis(String score) {
        return score.endsWith("inf") ? Long.MAX_VALUE / 2 : (long) Double.parseDouble(score);
    }

    static Set<String> idsInForce(List<BrokerLease> leases, long now) {
        return leases.stream()
                .filter(lease -> lease.isInForce(now))
                .map(BrokerLease::id)
                .collect(Collectors.toUnmodifiableSet());
    }
}
