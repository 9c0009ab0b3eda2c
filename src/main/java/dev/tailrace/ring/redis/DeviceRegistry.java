package dev.tailrace.ring.redis;

import dev.tailrace.model.DeviceId;
import dev.tailrace.ring.KnownDevice;
import dev.tailrace.ring.RingOptions;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Which devices there are, in two sorted sets that all brokers share. */
final class DeviceRegistry {

    private static final String SEEN = "tailrace:{devices}:seen";
    private static final String ONLINE = "tailrace:{devices}:online";
    private static final int SLOT = Slots.of(SEEN);

    /** A device counts as online for so long after the last touch that found it connected. */
    private static final long ONLINE_MILLIS = 15_000;

    /** Devices in one call, so that no call holds up Redis for long. */
    private static final int CHUNK = 1000;

    private static final int BYTES_PER_DEVICE = 64;

    private static final String LIST = "the list of devices";

    private final RedisLink link;
    private final long timeToLiveMillis;
    private final Damage damage;

    DeviceRegistry(RedisLink link, RingOptions options, Damage damage) {
        this.link = link;
        this.damage = damage;
        this.timeToLiveMillis = options.timeToLive().toMillis();
    }

    Future<Void> touch(Collection<DeviceId> active, Collection<DeviceId> connected) {
        Future<Void> done = Future.succeededFuture();
        // One after the other, for they are in no hurry and lines are.
        for (List<DeviceId> chunk : chunks(connected)) {
            done = done.compose(before -> touch(chunk, chunk.size()));
        }
        Set<DeviceId> others = new LinkedHashSet<>(active);
        others.removeAll(connected instanceof Set ? connected : new HashSet<>(connected));
        for (List<DeviceId> chunk : chunks(others)) {
            done = done.compose(before -> touch(chunk, 0));
        }
        return done;
    }

    private Future<Void> touch(List<DeviceId> devices, int connected) {
        long now = System.currentTimeMillis();
        Call.Maker maker = (server, keys) -> {
            Request request = Request.cmd(Command.EVALSHA)
                    .arg(Scripts.TOUCH.sha1())
                    .arg(keys)
                    .arg(SEEN)
                    .arg(ONLINE)
                    .arg(now)
                    .arg(timeToLiveMillis)
                    .arg(connected);
            devices.forEach(device -> request.arg(device.value()));
            return request;
        };
        return call(new Call("note devices", SLOT, devices.size() * BYTES_PER_DEVICE, 2, maker, null))
                .map(answer -> {
                    if (answer != null && answer.toString().equals("REPAIRED")) {
                        damage.found(LIST);
                    }
                    return null;
                });
    }

    private static List<List<DeviceId>> chunks(Collection<DeviceId> devices) {
        List<DeviceId> all = List.copyOf(devices);
        List<List<DeviceId>> chunks = new ArrayList<>();
        for (int from = 0; from < all.size(); from += CHUNK) {
            chunks.add(all.subList(from, Math.min(from + CHUNK, all.size())));
        }
        return chunks;
    }

    Future<List<KnownDevice>> devices() {
        long now = System.currentTimeMillis();
        Future<@Nullable Response> seen = range(SEEN, now - timeToLiveMillis, "WITHSCORES");
        Future<@Nullable Response> online = range(ONLINE, now - ONLINE_MILLIS);
        return Future.all(seen, online).map(both -> known(seen.result(), online.result()));
    }

    private Future<@Nullable Response> range(String key, long after, String... options) {
        return call("list devices", server -> {
            Request request =
                    Request.cmd(Command.ZRANGEBYSCORE).arg(key).arg("(" + after).arg("+inf");
            for (String option : options) {
                request.arg(option);
            }
            return request;
        });
    }

    private List<KnownDevice> known(@Nullable Response seen, @Nullable Response online) {
        Set<String> connected = new HashSet<>();
        if (online != null) {
            online.forEach(device -> connected.add(device.toString()));
        }
        List<KnownDevice> devices = new ArrayList<>();
        if (seen != null) {
            for (Response pair : seen) {
                DeviceId device = idOf(pair.get(0));
                if (device != null) {
                    devices.add(new KnownDevice(device, pair.get(1).toLong(), connected.contains(device.value())));
                }
            }
        }
        devices.sort(Comparator.comparing(KnownDevice::device));
        return devices;
    }

    private @Nullable DeviceId idOf(Response member) {
        try {
            return new DeviceId(member.toString());
        } catch (IllegalArgumentException none) {
            damage.found(LIST);
            return null;
        }
    }

    Future<Integer> count() {
        long since = System.currentTimeMillis() - timeToLiveMillis;
        return call("count devices", server -> Request.cmd(Command.ZCOUNT, SEEN, "(" + since, "+inf"))
                .map(count -> count == null ? 0 : count.toInteger());
    }

    Future<@Nullable KnownDevice> device(DeviceId device) {
        long now = System.currentTimeMillis();
        Future<@Nullable Response> seen = score(SEEN, device);
        Future<@Nullable Response> online = score(ONLINE, device);
        return Future.all(seen, online).map(both -> {
            long last = millis(seen.result());
            return last <= now - timeToLiveMillis
                    ? null
                    : new KnownDevice(device, last, millis(online.result()) > now - ONLINE_MILLIS);
        });
    }

    private Future<@Nullable Response> score(String key, DeviceId device) {
        return call("look up device " + device, server -> Request.cmd(Command.ZSCORE, key, device.value()));
    }

    private static long millis(@Nullable Response score) {
        return score == null ? 0 : score.toLong();
    }

    private Future<@Nullable Response> call(String what, Function<Server, Request> maker) {
        return call(new Call(what, SLOT, 0, maker));
    }

    /** The answer; null also when another value than a list of devices is there, until the next touch removes it. */
    private Future<@Nullable Response> call(Call call) {
        return link.call(call).recover(cause -> {
            if (cause instanceof RedisRefusedException
                    && String.valueOf(cause.getMessage()).contains("WRONGTYPE")) {
                damage.found(LIST);
                return Future.succeededFuture();
            }
            return Future.failedFuture(cause);
        });
    }
}
