package dev.tailrace.storage.redis.link;

import io.vertx.redis.client.Response;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Which master serves which slot, and under which configuration epoch: Redis numbers its decisions about masters, and
 * the highest number is the newest decision. Immutable. Outside a cluster one master serves all slots.
 */
public final class Topology {

    static final Topology NONE = new Topology(new @Nullable Owner[Slots.COUNT]);

    private final @Nullable Owner[] owners;
    private final Set<RedisAddress> masters;

    private record Owner(RedisAddress address, long epoch) {}

    private Topology(@Nullable Owner[] owners) {
        this.owners = owners;
        Set<RedisAddress> distinct = new LinkedHashSet<>();
        @Nullable Owner last = null;
        for (Owner owner : owners) {
            if (owner != null && !owner.equals(last)) {
                distinct.add(owner.address);
            }
            last = owner;
        }
        this.masters = distinct;
    }

    /** @param epoch 0 where servers have none */
    static Topology single(RedisAddress master, long epoch) {
        @Nullable Owner[] owners = new @Nullable Owner[Slots.COUNT];
        Arrays.fill(owners, new Owner(master, epoch));
        return new Topology(owners);
    }

    /**
     * Parses the answer to {@code CLUSTER SLOTS}.
     *
     * @param epochs the configuration epoch of a node by its id
     */
    static Topology ofSlots(Response ranges, RedisAddress asked, ToLongFunction<String> epochs) {
        @Nullable Owner[] owners = new @Nullable Owner[Slots.COUNT];
        for (Response range : ranges) {
            Response master = range.get(2);
            String host = master.get(0) == null ? "" : master.get(0).toString();
            RedisAddress address = new RedisAddress(
                    host.isEmpty() ? asked.host() : host, master.get(1).toInteger());
            Owner owner = new Owner(address, epochs.applyAsLong(master.get(2).toString()));
            Arrays.fill(owners, range.get(0).toInteger(), range.get(1).toInteger() + 1, owner);
        }
        return new Topology(owners);
    }

    @Nullable
    public RedisAddress master(int slot) {
        Owner owner = owners[slot];
        return owner == null ? null : owner.address;
    }

    /** Accepts what one server reported about one slot, until a server that knows the epochs is asked. */
    Topology with(int slot, RedisAddress master) {
        Owner former = owners[slot];
        @Nullable Owner[] changed = owners.clone();
        changed[slot] = new Owner(master, former == null ? 0 : former.epoch);
        return new Topology(changed);
    }

    /**
     * For each slot the master with the higher epoch; with equal epochs, and where the other topology has none, this
     * one's.
     */
    Topology newest(Topology other) {
        @Nullable Owner[] newest = owners.clone();
        boolean changed = false;
        for (int slot = 0; slot < newest.length; slot++) {
            if (isOlder(newest[slot], other.owners[slot])) {
                newest[slot] = other.owners[slot];
                changed = true;
            }
        }
        return changed ? new Topology(newest) : this;
    }

    private static boolean isOlder(@Nullable Owner one, @Nullable Owner other) {
        return other != null && (one == null || one.epoch < other.epoch);
    }

    /** Masters in the order of their slots. */
    public Set<RedisAddress> masters() {
        return masters;
    }

    boolean isEmpty() {
        return masters.isEmpty();
    }
}
