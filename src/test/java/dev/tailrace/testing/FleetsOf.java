package dev.tailrace.testing;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import dev.tailrace.storage.FleetStore;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Passes all calls on to another store; a test overrides those that it looks at. */
public class FleetsOf implements FleetStore {

    private final FleetStore store;

    public FleetsOf(FleetStore store) {
        this.store = store;
    }

    @Override
    public Future<Boolean> assign(DeviceId device, @Nullable FleetId fleet, int most) {
        return store.assign(device, fleet, most);
    }

    @Override
    public Future<Map<DeviceId, FleetId>> fleetsOf(Collection<DeviceId> devices) {
        return store.fleetsOf(devices);
    }

    @Override
    public Future<List<DeviceId>> devicesOf(FleetId fleet, @Nullable DeviceId after, int most) {
        return store.devicesOf(fleet, after, most);
    }

    @Override
    public Future<List<Fleet>> fleets(@Nullable FleetId after, int most) {
        return store.fleets(after, most);
    }

    @Override
    public Future<List<Fleet>> sizesOf(Collection<FleetId> fleets) {
        return store.sizesOf(fleets);
    }

    @Override
    public Future<String> version() {
        return store.version();
    }
}
