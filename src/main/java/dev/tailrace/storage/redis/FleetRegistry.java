package dev.tailrace.storage.redis;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import dev.tailrace.storage.Epochs;
import dev.tailrace.storage.FleetStore;
import dev.tailrace.storage.redis.link.Call;
import dev.tailrace.storage.redis.link.RedisRouter;
import dev.tailrace.storage.redis.link.Slots;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Which device belongs to which fleet, in keys that all brokers share. The keys never expire. */
final class FleetRegistry implements FleetStore {

    private static final String OF = "tailrace:{fleets}:of";
    private static final String DEVICES = "tailrace:{fleets}:devices";
    private static final String SIZES = "tailrace:{fleets}:sizes";
    private static final String VERSION = "tailrace:{fleets}:version";
    private static final int SLOT = Slots.of(OF);

    /** Devices in one call, so that no call blocks Redis for long. */
    private static final int CHUNK = 1000;

    /** Fleets in one call; each of them costs as much as several devices. */
    private static final int FLEETS_CHUNK = 250;

    private static final int BYTES_PER_DEVICE = 64;

    private static final String LIST = "the list of fleets and their devices";

    // Answers of assign.lua.
    private static final int FULL = 0;
    private static final int REPAIRED = 2;

    private final RedisRouter link;
    private final Hop hop;
    private final CorruptData damage;

    FleetRegistry(RedisRouter link, Hop hop, CorruptData damage) {
        this.link = link;
        this.hop = hop;
        this.damage = damage;
    }

    @Override
    public Future<Boolean> assign(DeviceId device, @Nullable FleetId fleet, int most) {
        String name = fleet == null ? "" : fleet.value();
        Call.Maker maker = (server, keys) -> Request.cmd(
                Command.EVALSHA, Scripts.ASSIGN.sha1(), keys, OF, DEVICES, SIZES, VERSION, device.value(), name, most);
        return hop.there(() -> link.call(new Call("assign device " + device, SLOT, BYTES_PER_DEVICE, 4, maker, null)))
                .map(answer -> {
                    if (answer.toInteger() == REPAIRED) {
                        damage.found(LIST);
                    }
                    return answer.toInteger() != FULL;
                });
    }

    @Override
    public Future<Map<DeviceId, FleetId>> fleetsOf(Collection<DeviceId> devices) {
        Map<DeviceId, FleetId> found = new HashMap<>();
        List<DeviceId> all = List.copyOf(devices);
        Future<Void> done = Future.succeededFuture();
        for (int from = 0; from < all.size(); from += CHUNK) {
            List<DeviceId> chunk = all.subList(from, Math.min(from + CHUNK, all.size()));
            done = done.compose(before -> addFleetsOf(chunk, found));
        }
        return done.map(found);
    }

    private Future<Void> addFleetsOf(List<DeviceId> chunk, Map<DeviceId, FleetId> found) {
        return call(OF, "look up fleets", chunk.size(), () -> {
                    Request request = Request.cmd(Command.HMGET).arg(OF);
                    chunk.forEach(device -> request.arg(device.value()));
                    return request;
                })
                .map(answer -> {
                    for (int i = 0; answer != null && i < chunk.size(); i++) {
                        Response name = answer.get(i);
                        FleetId fleet = name == null ? null : fleet(name.toString());
                        if (fleet != null) {
                            found.put(chunk.get(i), fleet);
                        }
                    }
                    return null;
                });
    }

    private @Nullable FleetId fleet(String name) {
        try {
            return new FleetId(name);
        } catch (IllegalArgumentException none) {
            damage.found(LIST);
            return null;
        }
    }

    private @Nullable DeviceId device(String name) {
        try {
            return new DeviceId(name);
        } catch (IllegalArgumentException none) {
            damage.found(LIST);
            return null;
        }
    }

    @Override
    public Future<List<DeviceId>> devicesOf(FleetId fleet, @Nullable DeviceId after, int most) {
        String from = after == null ? "[" + fleet + "/" : "(" + fleet + "/" + after;
        return more(fleet, from, most, new ArrayList<>());
    }

    /** @param after lower bound of what is still wanted, as Redis writes bounds */
    private Future<List<DeviceId>> more(FleetId fleet, String after, int most, List<DeviceId> found) {
        int wanted = Math.min(CHUNK, most - found.size());
        if (wanted <= 0) {
            return Future.succeededFuture(Collections.unmodifiableList(found));
        }
        String end = "(" + fleet + "0"; // the character right after the slash
        return call(
                        DEVICES,
                        "list fleet " + fleet,
                        wanted,
                        () -> Request.cmd(Command.ZRANGEBYLEX, DEVICES, after, end, "LIMIT", 0, wanted))
                .compose(answer -> {
                    String last = "";
                    for (int i = 0; answer != null && i < answer.size(); i++) {
                        last = answer.get(i).toString();
                        DeviceId device = device(last.substring(last.indexOf('/') + 1));
                        if (device != null) {
                            found.add(device);
                        }
                    }
                    return answer == null || answer.size() < wanted
                            ? Future.succeededFuture(Collections.unmodifiableList(found))
                            : more(fleet, "(" + last, most, found);
                });
    }

    @Override
    public Future<List<Fleet>> fleets(@Nullable FleetId after, int most) {
        return more(after == null ? "" : after.value(), most, new ArrayList<>());
    }

    private Future<List<Fleet>> more(String after, int most, List<Fleet> found) {
        int wanted = Math.min(FLEETS_CHUNK, most - found.size());
        if (wanted <= 0) {
            return Future.succeededFuture(Collections.unmodifiableList(found));
        }
        return sizes(
                        "list fleets",
                        wanted,
                        request -> request.arg("AFTER").arg(after).arg(wanted))
                .compose(answer -> {
                    if (answer == null) {
                        return Future.succeededFuture(Collections.unmodifiableList(found));
                    }
                    add(answer, found);
                    int rows = answer.size() / 2;
                    return rows < wanted
                            ? Future.succeededFuture(Collections.unmodifiableList(found))
                            : more(answer.get(2 * rows - 2).toString(), most, found);
                });
    }

    @Override
    public Future<List<Fleet>> sizesOf(Collection<FleetId> fleets) {
        List<Fleet> found = new ArrayList<>();
        List<FleetId> all = List.copyOf(fleets);
        Future<Void> done = Future.succeededFuture();
        for (int from = 0; from < all.size(); from += FLEETS_CHUNK) {
            List<FleetId> chunk = all.subList(from, Math.min(from + FLEETS_CHUNK, all.size()));
            done = done.compose(before -> sizes("look up fleets", chunk.size(), request -> {
                        request.arg("OF");
                        chunk.forEach(fleet -> request.arg(fleet.value()));
                    })
                    .map(answer -> {
                        add(answer, found);
                        return null;
                    }));
        }
        return done.map(found);
    }

    private Future<@Nullable Response> sizes(String what, int fleets, Consumer<Request> arguments) {
        return call(DEVICES, what, fleets, () -> {
            Request request = Request.cmd(Command.EVALSHA)
                    .arg(Scripts.FLEETS.sha1())
                    .arg(1)
                    .arg(DEVICES);
            arguments.accept(request);
            return request;
        });
    }

    private void add(@Nullable Response namesAndSizes, List<Fleet> found) {
        for (int i = 0; namesAndSizes != null && i < namesAndSizes.size(); i += 2) {
            int devices = namesAndSizes.get(i + 1).toInteger();
            FleetId fleet = devices == 0 ? null : fleet(namesAndSizes.get(i).toString());
            if (devices < 0) {
                damage.found(LIST);
            } else if (fleet != null) {
                found.add(new Fleet(fleet, devices));
            }
        }
    }

    @Override
    public Future<String> version() {
        Call call = new Call("look up the version of fleets", SLOT, 0, server -> Request.cmd(Command.GET, VERSION));
        return hop.there(() -> link.call(call))
                .map(version -> version == null ? "" : version.toString())
                .recover(cause -> {
                    if (!CorruptData.isOfAnotherType(cause)) {
                        return Future.failedFuture(cause);
                    }
                    damage.found(LIST);
                    return Future.succeededFuture(Epochs.next()); // without a counter, anything may have changed
                });
    }

    /** The answer; null where there is none, or a value of another type. */
    private Future<@Nullable Response> call(String key, String what, int devices, Supplier<Request> request) {
        Call call = new Call(what, SLOT, devices * BYTES_PER_DEVICE, server -> request.get());
        return hop.there(() -> damage.unlessOfAnotherType(key, link.call(call)));
    }
}
