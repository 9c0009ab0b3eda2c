package dev.tailrace.ring.redis;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import dev.tailrace.ring.Memberships;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Which device belongs to which fleet, in keys that all brokers share; they never expire. */
final class FleetRegistry implements Memberships {

    private static final String OF = "tailrace:{fleets}:of";
    private static final String DEVICES = "tailrace:{fleets}:devices";
    private static final String SIZES = "tailrace:{fleets}:sizes";
    private static final String VERSION = "tailrace:{fleets}:version";
    private static final int SLOT = Slots.of(OF);

    /** Devices in one call, so that no call holds up Redis for long. */
    private static final int CHUNK = 1000;

    private static final int BYTES_PER_DEVICE = 64;

    private final RedisLink link;
    private final Hop hop;

    /** Takes a call to the link's event loop, and its answer back. */
    interface Hop {
        <T> Future<T> there(Supplier<Future<T>> call);
    }

    FleetRegistry(RedisLink link, Hop hop) {
        this.link = link;
        this.hop = hop;
    }

    @Override
    public Future<Boolean> assign(DeviceId device, @Nullable FleetId fleet, int most) {
        String name = fleet == null ? "" : fleet.value();
        Call.Maker maker = (server, keys) -> Request.cmd(
                Command.EVALSHA, Scripts.ASSIGN.sha1(), keys, OF, DEVICES, SIZES, VERSION, device.value(), name, most);
        return hop.there(() -> link.call(new Call("assign device " + device, SLOT, BYTES_PER_DEVICE, 4, maker, null)))
                .map(answer -> answer.toInteger() == 1);
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
        return call("look up fleets", chunk.size(), () -> {
                    Request request = Request.cmd(Command.HMGET).arg(OF);
                    chunk.forEach(device -> request.arg(device.value()));
                    return request;
                })
                .map(answer -> {
                    for (int i = 0; i < chunk.size(); i++) {
                        Response fleet = answer.get(i);
                        if (fleet != null) {
                            found.put(chunk.get(i), new FleetId(fleet.toString()));
                        }
                    }
                    return null;
                });
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
        String end = "(" + fleet + "0"; // which comes right after the slash
        return call(
                        "list fleet " + fleet,
                        wanted,
                        () -> Request.cmd(Command.ZRANGEBYLEX, DEVICES, after, end, "LIMIT", 0, wanted))
                .compose(answer -> {
                    String last = "";
                    for (Response member : answer) {
                        last = member.toString();
                        found.add(new DeviceId(last.substring(last.indexOf('/') + 1)));
                    }
                    return answer.size() < wanted
                            ? Future.succeededFuture(Collections.unmodifiableList(found))
                            : more(fleet, "(" + last, most, found);
                });
    }

    @Override
    public Future<List<Fleet>> fleets() {
        return call("list fleets", 0, () -> Request.cmd(Command.HGETALL, SIZES)).map(sizes -> {
            List<Fleet> fleets = new ArrayList<>();
            for (String name : sizes.getKeys()) {
                fleets.add(new Fleet(new FleetId(name), sizes.get(name).toInteger()));
            }
            fleets.sort(Comparator.comparing(Fleet::name));
            return fleets;
        });
    }

    @Override
    public Future<String> version() {
        return call("look up the version of fleets", 0, () -> Request.cmd(Command.GET, VERSION))
                .map(String::valueOf);
    }

    private Future<Response> call(String what, int devices, Supplier<Request> request) {
        return hop.there(() -> link.call(new Call(what, SLOT, devices * BYTES_PER_DEVICE, server -> request.get())));
    }
}
