package dev.tailrace.storage.redis;

import dev.tailrace.model.DeviceId;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The expected offset of each ring's next entry, from acknowledged appends and from announcements. An append with the
 * right expectation is stored as it was sent, which costs Redis less; nothing else depends on it. Shared by all event
 * loops.
 */
final class HeadCache {

    /** Devices remembered; the one that was used longest ago is dropped first. */
    static final int MAX_DEVICES = 65_536;

    static final Known UNKNOWN = new Known("", -1);

    private final Map<DeviceId, Known> heads = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<DeviceId, Known> eldest) {
            return size() > MAX_DEVICES;
        }
    };

    record Known(String epoch, long head) {}

    // One lock for all loops, held for one map access, because an order of last use cannot be kept without.
    synchronized void note(DeviceId device, String epoch, long head) {
        Known known = heads.get(device);
        if (known == null || !known.epoch.equals(epoch) || known.head < head) {
            heads.put(device, new Known(epoch, head));
        }
    }

    synchronized Known of(DeviceId device) {
        @Nullable Known known = heads.get(device);
        return known == null ? UNKNOWN : known;
    }
}
