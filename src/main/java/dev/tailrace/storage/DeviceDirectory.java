package dev.tailrace.storage;

import dev.tailrace.model.DeviceId;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which devices there are, when each was last seen, and whether it is connected to some broker; kept where the rings
 * are. Threads and failures are as in {@link RingStore}. The cost of a call does not grow with the number of devices.
 */
public interface DeviceDirectory {

    /**
     * Reports what this broker saw since its last report, and that it is alive. Called every few seconds, by one caller
     * per broker, and not again before the answer. When a broker does not report for 15 seconds, its devices are
     * offline.
     *
     * <p>When the report fails, a part of it may have been noted; all of it has to be in a later one.
     */
    Future<Void> report(Sightings sightings);

    /**
     * The devices that were seen, or came online or went offline, after a mark, at most so many, in the order in which
     * they were seen. Devices that did not change may be among them.
     *
     * @param after where the last page ended; null for all devices that are known
     */
    Future<Changes> changes(@Nullable Mark after, int most);

    /** What is known of one device; null for a device that is not known. */
    Future<@Nullable KnownDevice> device(DeviceId device);

    /** The number of devices; it may include devices that the next {@link #purge} will drop. */
    Future<Integer> count();

    /**
     * Drops devices that were not seen for the ring's time to live, in steps. Called about once a minute; may run on
     * several brokers at once.
     */
    Future<Void> purge();

    /**
     * What one broker saw.
     *
     * @param active devices that stored lines
     * @param joined devices that are connected now, and were not at the last report
     * @param left devices that are not connected any more
     * @param connected all devices that are connected now; called only when storage has lost them
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
     * @param restarted this page is the first of all devices, although a mark was given; devices that do not appear on it or a later page
     *     are not known any more
     * @param last whether no page follows yet
     * @param mark where the next page begins
     */
    record Changes(long now, long oldest, boolean restarted, List<KnownDevice> devices, boolean last, Mark mark) {}
}
