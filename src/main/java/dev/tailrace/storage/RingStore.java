package dev.tailrace.storage;

import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import io.vertx.core.Future;
import io.vertx.core.Handler;

/**
 * The newest N entries of each device, numbered, kept and announced.
 *
 * <p>Every call may be made from any event loop; its future completes on the caller's context. A call fails with {@link
 * RingUnavailableException} when storage did not answer in time. Any other failure is one that the caller cannot
 * correct.
 */
public interface RingStore {

    /**
     * Stores a batch in one atomic step: drops what its writer or producer already stored, numbers the rest, stores it,
     * trims to exactly the capacity, and announces. When the future fails, the batch may nevertheless have been stored;
     * the same batch sent again is then stored once if it names a writer or a producer.
     */
    Future<Appended> append(DeviceId device, Batch batch);

    /**
     * Entries from offset {@code from} on, or from the oldest kept when that one is lost. The page's state names the
     * epoch of the offsets; a caller that expects another epoch has to decide anew. The state that is read without
     * entries names the epoch in which the next append numbers its entries, unless storage fails over first.
     *
     * @param from first offset wanted, 1 or more
     * @param maxEntries at most so many entries; 0 reads the state only
     * @param maxBytes stops after the entry that reaches this many bytes, so there is at least one entry
     */
    Future<Page> read(DeviceId device, long from, int maxEntries, int maxBytes);

    /** The ring's state without entries. */
    default Future<RingState> state(DeviceId device) {
        return read(device, 1, 0, 0).map(Page::state);
    }

    /** Removes the device's entries. Offsets go on, and {@link Announcement.Cleared} is announced to watchers. */
    Future<RingState> clear(DeviceId device);

    /**
     * Begins to watch a device. The handler runs on the calling context, and its first announcement is {@link
     * Announcement.Ready}, or {@link Announcement.Unavailable} while storage cannot be reached. Whatever is appended
     * after the state in {@code Ready} was taken is announced.
     */
    Watch watch(DeviceId device, Handler<Announcement> handler);

    /**
     * The outcome of an append.
     *
     * @param epoch the ring's epoch after the append
     * @param head the highest offset after the append
     * @param stored entries stored, the last of them at {@code head} when the append was not a repetition
     * @param deduplicated entries dropped because their producer had stored them before
     */
    record Appended(String epoch, long head, int stored, int deduplicated) {}

    /** Ends a watch. Harmless when called twice. */
    interface Watch {
        void close();
    }
}
