package dev.tailrace.auth;

import dev.tailrace.model.DeviceId;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** Knows which fleet a device belongs to. */
public interface Fleets {

    /** No device belongs to any. */
    Fleets NONE = device -> Future.succeededFuture(null);

    /** The fleet's name, or null. */
    Future<@Nullable String> of(DeviceId device);
}
