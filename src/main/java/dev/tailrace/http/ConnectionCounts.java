package dev.tailrace.http;

import dev.tailrace.metrics.Meters;
import dev.tailrace.metrics.Meters.Limit;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Counts the connections of a broker from their acceptance to their end, and decides which are too many. Clients and senders of
 * syslog share the limits; the management port has places of its own, so that probes are answered whatever others do. Thread-safe.
 */
public final class ConnectionCounts {

    private final int most;
    private final int mostPerNetwork;
    private final Map<ServerPort, AtomicInteger> open = new EnumMap<>(ServerPort.class);
    private final AtomicInteger shared = new AtomicInteger();
    private final Map<String, Integer> byNetwork = new ConcurrentHashMap<>();
    private volatile int descriptors = Integer.MAX_VALUE;

    /**
     * @param most connections of clients and of syslog together
     * @param mostPerNetwork likewise of one {@link dev.tailrace.model.PeerNetwork}; 0 for any number
     */
    public ConnectionCounts(int most, int mostPerNetwork, Meters meters) {
        this.most = most;
        this.mostPerNetwork = mostPerNetwork;
        for (ServerPort port : ServerPort.values()) {
            AtomicInteger count = new AtomicInteger();
            open.put(port, count);
            meters.connections(port.label(), count::get);
        }
    }

    /** Says for how many connections of clients and of syslog there are file descriptors. */
    public void descriptors(int connections) {
        descriptors = connections;
    }

    /**
     * A connection was accepted.
     *
     * @return the limit that it exceeds, upon which it is to be closed and is not counted; or null, upon which it is counted until it is
     *     {@link #remove removed}
     */
    @Nullable
    public Limit add(ServerPort port, String network) {
        if (port != ServerPort.MANAGEMENT) {
            if (shared.incrementAndGet() > Math.min(most, descriptors)) {
                shared.decrementAndGet();
                return Limit.CONNECTIONS;
            }
            if (mostPerNetwork > 0 && byNetwork.merge(network, 1, Integer::sum) > mostPerNetwork) {
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
            if (mostPerNetwork > 0) {
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
