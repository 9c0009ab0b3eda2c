package dev.tailrace.http;

import dev.tailrace.metrics.Limit;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Counts the open connections of a broker, over all event loops, and decides which of them exceed a limit. Clients and senders of
 * syslog share the limits; the management port is not limited here, so that probes are answered at any load. Thread-safe.
 */
public final class ConnectionCounts {

    private final int max;
    private final int maxPerNetwork;
    private final Map<ServerPort, AtomicInteger> open = new EnumMap<>(ServerPort.class);
    private final AtomicInteger shared = new AtomicInteger();
    private final Map<String, Integer> byNetwork = new ConcurrentHashMap<>();
    private volatile int descriptors = Integer.MAX_VALUE;

    /**
     * @param max connections of clients and of syslog together
     * @param maxPerNetwork the same for one {@link dev.tailrace.model.PeerNetwork}; 0 for any number
     */
    public ConnectionCounts(int max, int maxPerNetwork) {
        this.max = max;
        this.maxPerNetwork = maxPerNetwork;
        for (ServerPort port : ServerPort.values()) {
            open.put(port, new AtomicInteger());
        }
    }

    /** The number of open connections of a port. */
    public int open(ServerPort port) {
        return count(port).get();
    }

    /** Sets how many connections of clients and of syslog the file descriptors of this process allow. */
    public void descriptors(int connections) {
        descriptors = connections;
    }

    /**
     * A connection was accepted.
     *
     * @return the limit that it exceeds: the caller must close it, and it is not counted. Or null: it is counted until it is
     *     {@link #remove removed}
     */
    @Nullable
    public Limit add(ServerPort port, String network) {
        if (port != ServerPort.MANAGEMENT) {
            if (shared.incrementAndGet() > Math.min(max, descriptors)) {
                shared.decrementAndGet();
                return Limit.CONNECTIONS;
            }
            if (maxPerNetwork > 0 && byNetwork.merge(network, 1, Integer::sum) > maxPerNetwork) {
                removeFromNetwork(network);
                shared.decrementAndGet();
                return Limit.CONNECTIONS_PER_ADDRESS;
            }
        }
        count(port).incrementAndGet();
        return null;
    }

    /** A connection that was counted has ended. */
    public void remove(ServerPort port, String network) {
        count(port).decrementAndGet();
        if (port != ServerPort.MANAGEMENT) {
            shared.decrementAndGet();
            if (maxPerNetwork > 0) {
                removeFromNetwork(network);
            }
        }
    }

    private void removeFromNetwork(String network) {
        byNetwork.computeIfPresent(network, (one, count) -> count == 1 ? null : count - 1);
    }

    private AtomicInteger count(ServerPort port) {
        AtomicInteger count = open.get(port);
        if (count == null) {
            throw new IllegalStateException("no count for " + port);
        }
        return count;
    }
}
