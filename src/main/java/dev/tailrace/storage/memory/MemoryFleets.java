package dev.tailrace.storage.memory;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import dev.tailrace.storage.FleetStore;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Fleets in this process, lost when it ends. All state is guarded by this. */
public final class MemoryFleets implements FleetStore {

    private final Map<DeviceId, FleetId> fleets = new HashMap<>();
    private final NavigableMap<FleetId, NavigableSet<DeviceId>> devices = new TreeMap<>(ORDER);
    private long version;

    @Override
    public synchronized Future<Boolean> assign(DeviceId device, @Nullable FleetId fleet, int most) {
        FleetId was = fleets.get(device);
        if (fleet == null ? was == null : fleet.equals(was)) {
            return Future.succeededFuture(true);
        }
        if (fleet != null && membersOf(fleet).size() >= most) {
            return Future.succeededFuture(false);
        }
        version++;
        if (was != null) {
            leave(device, was);
        }
        if (fleet != null) {
            fleets.put(device, fleet);
            devices.computeIfAbsent(fleet, name -> new TreeSet<>()).add(device);
        }
        return Future.succeededFuture(true);
    }

    private void leave(DeviceId device, FleetId was) {
        fleets.remove(device);
        devices.computeIfPresent(was, (name, members) -> {
            members.remove(device);
            return members.isEmpty() ? null : members;
        });
    }

    private NavigableSet<DeviceId> membersOf(FleetId fleet) {
        return devices.getOrDefault(fleet, new TreeSet<>());
    }

    @Override
    public synchronized Future<Map<DeviceId, FleetId>> fleetsOf(Collection<DeviceId> asked) {
        Map<DeviceId, FleetId> found = new HashMap<>();
        for (DeviceId device : asked) {
            FleetId fleet = fleets.get(device);
            if (fleet != null) {
                found.put(device, fleet);
            }
        }
        return Future.succeededFuture(found);
    }

    @Override
    public synchronized Future<List<DeviceId>> devicesOf(FleetId fleet, @Nullable DeviceId after, int most) {
        NavigableSet<DeviceId> members = membersOf(fleet);
        NavigableSet<DeviceId> rest = after == null ? members : members.tailSet(after, false);
        return Future.succeededFuture(rest.stream().limit(most).toList());
    }

    @Override
    public synchronized Future<String> version() {
        return Future.succeededFuture(Long.toString(version));
    }

    @Override
    public synchronized Future<List<Fleet>> fleets(@Nullable FleetId after, int most) {
        NavigableMap<FleetId, NavigableSet<DeviceId>> rest = after == null ? devices : devices.tailMap(after, false);
        return Future.succeededFuture(rest.entrySet().stream()
                .limit(most)
                .map(fleet -> new Fleet(fleet.getKey(), fleet.getValue().size()))
                .toList());
    }

    @Override
    public synchronized Future<List<Fleet>> sizesOf(Collection<FleetId> fleets) {
        return Future.succeededFuture(fleets.stream()
                .map(fleet -> new Fleet(fleet, membersOf(fleet).size()))
                .filter(fleet -> fleet.devices() > 0)
                .toList());
    }
}
