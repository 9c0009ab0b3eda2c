package dev.tailrace.testing;

import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.DeviceDirectory;
import dev.tailrace.storage.KnownDevice;
import io.vertx.core.Future;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A directory that knows the devices that a test names; it ignores reports and lists nothing. */
public final class NamedDevices implements DeviceDirectory {

    private final Set<DeviceId> known = ConcurrentHashMap.newKeySet();

    public NamedDevices(String... names) {
        for (String name : names) {
            add(name);
        }
    }

    /** From now on the device is one that wrote before. */
    public void add(String name) {
        known.add(new DeviceId(name));
    }

    @Override
    public Future<Void> report(Sightings sightings) {
        return Future.succeededFuture();
    }

    @Override
    public Future<Changes> changes(@Nullable Mark after, int most) {
        throw new UnsupportedOperationException("no test asks for it");
    }

    @Override
    public Future<@Nullable KnownDevice> device(DeviceId device) {
        return Future.succeededFuture(known.contains(device) ? new KnownDevice(device, 1, false) : null);
    }

    @Override
    public Future<Integer> count() {
        return Future.succeededFuture(known.size());
    }

    @Override
    public Future<Void> purge() {
        return Future.succeededFuture();
    }
}
