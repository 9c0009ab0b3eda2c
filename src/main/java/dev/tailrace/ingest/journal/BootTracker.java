package dev.tailrace.ingest.journal;

import dev.tailrace.model.DeviceId;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.LocalMap;
import io.vertx.core.shareddata.Shareable;
import org.jspecify.annotations.Nullable;

/**
 * The boot of each device's newest journal entry, so that a boot that begins with a new upload is seen too. Shared by all event
 * loops; when it is full it forgets all, and then only a boot that begins within an upload is seen.
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
