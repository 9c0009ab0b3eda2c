package dev.tailrace.ingest.records;

import dev.tailrace.auth.Caller;
import dev.tailrace.auth.Permission;
import dev.tailrace.auth.Scope;
import dev.tailrace.http.RequestIds;
import dev.tailrace.model.DeviceId;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/**
 * The device of the records of one request, apart from what the records say.
 *
 * @param given the device that the path names: all records are its; null when the path names none
 * @param own the only device for which the caller may write, whose the records without a device are; else null
 * @param otherwise how a device can be named besides the attributes of the records, for a sender that named none
 */
public record DeviceSource(
        @Nullable DeviceId given, @Nullable DeviceId own, String otherwise) {

    /** Only the records name their devices. */
    public static final DeviceSource NONE = new DeviceSource(null, null, "");

    /** @throws dev.tailrace.http.Problem with status 400 when the device in the path is no device id */
    public static DeviceSource of(RoutingContext call, String otherwise) {
        String device = call.pathParam("device");
        return device == null
                ? new DeviceSource(null, only(Caller.of(call).identity().scope(Permission.LOGS_WRITE)), otherwise)
                : new DeviceSource(RequestIds.device(device), null, otherwise);
    }

    private static @Nullable DeviceId only(Scope scope) {
        boolean one = !scope.everywhere()
                && scope.fleets().isEmpty()
                && scope.devices().size() == 1;
        return one ? scope.devices().iterator().next() : null;
    }
}
