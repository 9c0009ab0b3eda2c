package dev.tailrace.auth;

import dev.tailrace.model.DeviceId;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** The fleets that devices belong to. */
public interface Fleets {

    /** Without fleets. */
    Fleets NONE = device -> Future.succeededFuture(null);

    /** The name of the device's fleet, or null. */
    Future<@Nullable String> of(DeviceId device);
}
