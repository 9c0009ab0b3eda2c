package dev.tailrace.ring.redis;

import io.vertx.redis.client.Response;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which master serves which slot. Immutable; outside a cluster one master serves them all. */
final class Topology {

    static final Topology NONE = new Topology(new @Nullable RedisAddress[Slots.COUNT]);

    private final @Nullable RedisAddress[] masters;

    private Topology(@Nullable RedisAddress[] masters) {
        this.masters = masters;
    }

    static Topology single(RedisAddress master) {
        RedisAddress[] masters = new RedisAddress[Slots.COUNT];
        Arrays.fill(masters, master);
        return new Topology(masters);
    }

    /** Reads what {@code CLUSTER SLOTS} answered. */
    static Topology ofSlots(Response ranges, RedisAddress asked) {
        @Nullable RedisAddress[] masters = new @Nullable RedisAddress[Slots.COUNT];
        for (Response range : ranges) {
            Response master = range.get(2);
            String host = master.get(0) == null ? "" : master.get(0).toString();
            RedisAddress address = new RedisAddress(
                    host.isEmpty() ? asked.host() : host, master.get(1).toInteger());
            for (int slot = range.get(0).toInteger(); slot <= range.get(1).toInteger(); slot++) {
                masters[slot] = address;
            }
        }
        return new Topology(masters);
    }

    @Nullable
    RedisAddress master(int slot) {
        return masters[slot];
    }

    Topology with(int slot, RedisAddress master) {
        @Nullable RedisAddress[] changed = masters.clone();
        changed[slot] = master;
        return new Topology(changed);
    }

    Set<RedisAddress> masters() {
        Set<RedisAddress> distinct = new LinkedHashSet<>();
        for (RedisAddress master : masters) {
            if (master != null) {
                distinct.add(master);
            }
        }
        return distinct;
    }

    boolean isEmpty() {
        return masters().isEmpty();
    }
}
