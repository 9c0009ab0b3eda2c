package dev.tailrace.ingest.journal;

import dev.tailrace.model.DeviceId;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.LocalMap;
import io.vertx.core.shareddata.Shareable;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the boot of each device's newest journal entry, so that a boot that begins with a new upload is noticed as
 * well. Shared by all event loops. When it is full it forgets all devices, and then only a boot that begins within an
 * upload is noticed.
 */
final class BootTracker {

    private static final int MAX_DEVICES = 10_000;

    private final LocalMap<String, Boot> boots;

    /** @param at when its newest entry was written, epoch milliseconds */
    record Boot(String id, long at) implements Shareable {}

    BootTracker(Vertx vertx) {
        boots = vertx.sharedData().getLocalMap("tailrace.boots");
    }

    @Nullable
    Boot of(DeviceId device) {
        return boots.get(device.value());
    }

    void note(DeviceId device, Boot boot) {
        if (boots.size() >= MAX_DEVICES && !boots.containsKey(device.value())) {
            boots.clear();
        }
        boots.put(device.value(), boot);
    }
}
