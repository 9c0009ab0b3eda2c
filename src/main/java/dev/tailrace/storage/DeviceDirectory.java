package dev.tailrace.storage;

import dev.tailrace.model.DeviceId;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which devices there are, when each was last seen, and whether it is connected to some broker; kept where the rings are.
 * Called and failing as {@link RingStore} is. No call takes storage longer the more devices there are.
 */
public interface DeviceDirectory {

    /**
     * Reports what this broker saw since its last report, and that it is still there. Called every few seconds, by one
     * caller per broker, and not again before the answer. A broker that does not report for 15 seconds has no devices
     * online any more.
     *
     * <p>When the report fails, a part of it may have been noted; all of it has to be in a later one.
     */
    Future<Void> report(Sightings sightings);

    /**
     * The devices that were seen, or came online or went offline, after a mark, at most so many, in the order in which they
     * were seen. Among them may be devices that did not change.
     *
     * @param after where the last page ended; null for all devices that are known
     */
    Future<Changes> changes(@Nullable Mark after, int most);

    /** What is known of one device, or null. */
    Future<@Nullable KnownDevice> device(DeviceId device);

    /** How many devices there are; those that the next {@link #purge} will forget may be among them. */
    Future<Integer> count();

    /**
     * Forgets devices that were not seen for the ring's time to live, in steps. Called about once a minute; may run on
     * several brokers at once.
     */
    Future<Void> purge();

    /**
     * What one broker saw.
     *
     * @param active devices that stored lines
     * @param joined devices that are connected now, and were not at the last report
     * @param left devices that are not connected any more
     * @param connected all that are connected now; asked for only when storage has lost them
     */
    record Sightings(
            Collection<DeviceId> active,
            Collection<DeviceId> joined,
            Collection<DeviceId> left,
            Supplier<Collection<DeviceId>> connected) {}

    /** Where a page of {@link #changes} ended. Belongs to the directory that made it. */
    interface Mark {}

    /**
     * One page of changes.
     *
     * @param now storage's time, epoch milliseconds; all that happened before it is in this page or after it
     * @param oldest devices that are offline and were last seen at this time, or earlier, are not known any more
     * @param restarted this page is the first of all devices, although a mark was given: those that do not come again are
     *     not known any more
     * @param last whether nothing is after this page yet
     * @param mark where the next page begins
     */
    record Changes(long now, long oldest, boolean restarted, List<KnownDevice> devices, boolean last, Mark mark) {}
}
