package dev.tailrace.storage.redis;

import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.DeviceDirectory;
import dev.tailrace.storage.KnownDevice;
import dev.tailrace.storage.RingOptions;
import dev.tailrace.storage.redis.link.Call;
import dev.tailrace.storage.redis.link.RedisRouter;
import dev.tailrace.storage.redis.link.Script;
import dev.tailrace.storage.redis.link.Slots;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The directory of devices, in keys that all brokers share: when each device was last seen, the leases of brokers, and
 * the connected devices of each lease. All times are by Redis' clock. All state is touched on the link's event loop
 * only.
 */
final class DeviceRegistry implements DeviceDirectory {

    private static final String SEEN = "tailrace:{devices}:seen";
    private static final String LEASES = "tailrace:{devices}:leases";
    private static final int SLOT = Slots.of(SEEN);

    /** Written by earlier versions. */
    private static final String FORMER_ONLINE = "tailrace:{devices}:online";

    /** Devices in one call, so that no call blocks Redis for longer than about a millisecond. */
    static final int STEP = 250;

    /** The most steps of one purge, so that it ends; the rest is left for the next one. */
    private static final int PURGE_STEPS = 200;

    /** An answer that names a lease that is not known yet is requested again with it. */
    private static final int TRIES = 3;

    private static final int BYTES_PER_DEVICE = 64;

    private static final String LIST = "the list of devices";

    private final RedisRouter link;
    private final Hop hop;
    private final long timeToLiveMillis;
    private final CorruptData damage;
    private final OwnLease own;

    /** As in the last answer. The next one has the same, unless a broker came or left. */
    private List<BrokerLease> leases = List.of();

    DeviceRegistry(RedisRouter link, Hop hop, RingOptions options, CorruptData damage) {
        this.link = link;
        this.hop = hop;
        this.damage = damage;
        this.timeToLiveMillis = options.timeToLive().toMillis();
        this.own = new OwnLease(this::touch, STEP);
    }

    // ---- reports of this broker

    @Override
    public Future<Void> report(Sightings sightings) {
        return hop.there(() -> own.report(sightings));
    }

    private Future<OwnLease.Renewed> touch(String lease, OwnLease.Step step) {
        // The set ends by itself, if no broker is left to remove it.
        long setMillis = timeToLiveMillis + BrokerLease.REMOVED_MILLIS;
        List<Object> arguments = new ArrayList<>(
                List.of(lease, setMillis, step.active().size(), step.joined().size()));
        step.active().forEach(device -> arguments.add(device.value()));
        step.joined().forEach(device -> arguments.add(device.value()));
        step.left().forEach(device -> arguments.add(device.value()));
        List<String> keys = List.of(SEEN, LEASES, BrokerLease.keyOf(lease));
        return link.call(call("record devices", step.size(), Scripts.TOUCH, keys, arguments))
                .map(answer -> {
                    if (answer.get(4).toString().equals("REPAIRED")) {
                        damage.found(LIST);
                    }
                    return new OwnLease.Renewed(
                            answer.get(1).toInteger() == 1,
                            answer.get(2).toInteger(),
                            answer.get(3).toInteger());
                });
    }

    // ---- reports of all brokers

    /**
     * Where a page ended.
     *
     * @param seen when the last device was seen, empty before the first
     * @param device the last device; empty for reading all that were seen at that time again
     * @param runId the server that was read
     * @param inForce leases that were in force then; when one ends, or is renewed late, devices go offline or come
     *     online although their own times do not change
     */
    private record Place(String seen, String device, long now, String runId, Set<String> inForce) implements Mark {}

    /** An answer of {@code devices.lua}. */
    private record Answer(long now, String runId, List<BrokerLease> leases, Response rows) {
        static final int ROWS_FROM = 2;
        static final int COLUMNS = 3;

        Set<String> inForce() {
            return BrokerLease.idsInForce(leases, now);
        }
    }

    @Override
    public Future<Changes> changes(@Nullable Mark after, int most) {
        return hop.there(() -> page((Place) after, Math.min(most, STEP)));
    }

    private Future<Changes> page(@Nullable Place after, int most) {
        List<Object> asked =
                after == null ? List.of("SINCE", "", "", most) : List.of("SINCE", after.seen, after.device, most);
        return ask("list devices", most, asked).compose(answer -> {
            if (answer == null) {
                return Future.succeededFuture(nothing(after == null));
            }
            boolean lost = after != null && isLost(after, answer);
            return lost
                    ? page(null, most).map(DeviceRegistry::restarted)
                    : Future.succeededFuture(changes(after, answer, most));
        });
    }

    private static boolean isLost(Place after, Answer answer) {
        return !answer.runId.equals(after.runId)
                || answer.now < after.now
                || !answer.inForce().equals(after.inForce);
    }

    private static Changes restarted(Changes first) {
        return new Changes(first.now(), first.oldest(), true, first.devices(), first.last(), first.mark());
    }

    /** The answer in place of a value of another type, until the next report removes it. */
    private Changes nothing(boolean first) {
        return new Changes(0, 0, !first, List.of(), true, new Place("", "", 0, "", Set.of()));
    }

    private Changes changes(@Nullable Place after, Answer answer, int most) {
        List<KnownDevice> devices = new ArrayList<>();
        String seen = after == null ? "" : after.seen;
        String device = after == null ? "" : after.device;
        int rows = 0;
        for (int i = Answer.ROWS_FROM; i < answer.rows.size(); i += Answer.COLUMNS) {
            device = answer.rows.get(i).toString();
            seen = answer.rows.get(i + 1).toString();
            rows++;
            KnownDevice known = known(answer, i);
            if (known != null) {
                devices.add(known);
            }
        }
        boolean last = rows < most;
        long readAt = rows == 0 && after != null ? after.now : answer.now; // when the last device was read
        if (last && !seen.isEmpty() && Long.parseLong(seen) >= readAt) {
            // Others may have been seen within the same millisecond, and entries in the future must not hide the
            // present.
            seen = Long.toString(readAt);
            device = "";
        }
        Place place = new Place(seen, device, answer.now, answer.runId, answer.inForce());
        return new Changes(answer.now, answer.now - timeToLiveMillis, false, devices, last, place);
    }

    private @Nullable KnownDevice known(Answer answer, int row) {
        DeviceId device;
        try {
            device = new DeviceId(answer.rows.get(row).toString());
        } catch (IllegalArgumentException none) {
            damage.found(LIST);
            return null;
        }
        long seen = answer.rows.get(row + 1).toLong();
        boolean online = false;
        for (String number : answer.rows.get(row + 2).toString().split(",", -1)) {
            if (!number.isEmpty()) {
                BrokerLease lease = answer.leases.get(Integer.parseInt(number) - 1);
                seen = Math.max(seen, lease.renewed());
                online |= lease.isInForce(answer.now);
            }
        }
        // No device was seen later than now: a clock was set back, or the value was written by something else.
        return new KnownDevice(device, Math.min(seen, answer.now), online);
    }

    @Override
    public Future<@Nullable KnownDevice> device(DeviceId device) {
        return hop.there(() -> ask("look up device " + device, 1, List.of("OF", device.value()))
                .map(answer -> {
                    KnownDevice known = answer == null ? null : known(answer, Answer.ROWS_FROM);
                    boolean isKnown =
                            known != null && (known.online() || known.lastSeen() > answer.now - timeToLiveMillis);
                    return isKnown ? known : null;
                }));
    }

    @Override
    public Future<Integer> count() {
        Call call = new Call("count devices", SLOT, 0, server -> Request.cmd(Command.ZCARD, SEEN));
        return hop.there(() ->
                damage.unlessOfAnotherType(LIST, link.call(call)).map(count -> count == null ? 0 : count.toInteger()));
    }

    /** The answer; null when the key does not hold a list of devices. */
    private Future<@Nullable Answer> ask(String what, int devices, List<Object> asked) {
        return ask(what, devices, asked, TRIES);
    }

    private Future<@Nullable Answer> ask(String what, int devices, List<Object> asked, int tries) {
        List<BrokerLease> looked = leases;
        List<String> keys = new ArrayList<>(List.of(SEEN, LEASES));
        looked.forEach(lease -> keys.add(lease.key()));
        List<Object> arguments = new ArrayList<>(List.of(timeToLiveMillis));
        arguments.addAll(asked);
        arguments.add(keys.size());
        Call read = call(what, devices, Scripts.DEVICES, keys, arguments);
        String[] runId = {""};
        Call.Maker maker = (server, named) -> {
            runId[0] = server.runId();
            return read.maker().request(server, named);
        };
        Call noted = new Call(what, SLOT, read.bytes(), keys.size(), maker, null);
        return damage.unlessOfAnotherType(LIST, link.call(noted)).compose(answer -> {
            if (answer == null) {
                return Future.succeededFuture();
            }
            leases = BrokerLease.read(answer.get(1));
            List<String> ids = looked.stream().map(BrokerLease::id).toList();
            boolean all = leases.stream().allMatch(lease -> ids.contains(lease.id()));
            return all || tries == 1
                    ? Future.succeededFuture(
                            new Answer(answer.get(0).toLong(), runId[0], renewed(looked, leases), answer))
                    : ask(what, devices, asked, tries - 1);
        });
    }

    /**
     * The leases that were looked at, in their order, as they are now. A lease that was removed meanwhile is not in
     * force.
     */
    private static List<BrokerLease> renewed(List<BrokerLease> looked, List<BrokerLease> now) {
        return looked.stream()
                .map(lease -> now.stream()
                        .filter(one -> one.id().equals(lease.id()))
                        .findFirst()
                        .orElse(new BrokerLease(lease.id(), 0)))
                .toList();
    }

    // ---- purging

    @Override
    public Future<Void> purge() {
        return hop.there(() -> purge(PURGE_STEPS));
    }

    private Future<Void> purge(int steps) {
        Call all =
                new Call("list brokers", SLOT, 0, server -> Request.cmd(Command.ZRANGE, LEASES, 0, -1, "WITHSCORES"));
        return damage.unlessOfAnotherType(LIST, link.call(all))
                .compose(pairs -> {
                    List<Response> flat = new ArrayList<>();
                    if (pairs != null) {
                        pairs.forEach(pair -> pair.forEach(flat::add));
                    }
                    return purge(BrokerLease.read(flat));
                })
                .compose(more -> more && steps > 1 ? purge(steps - 1) : Future.succeededFuture());
    }

    private Future<Boolean> purge(List<BrokerLease> known) {
        List<String> keys = new ArrayList<>(List.of(SEEN, LEASES, FORMER_ONLINE));
        known.forEach(lease -> keys.add(lease.key()));
        List<Object> arguments =
                new ArrayList<>(List.of(timeToLiveMillis, BrokerLease.FORCE_MILLIS, BrokerLease.REMOVED_MILLIS, STEP));
        known.forEach(lease -> arguments.add(lease.id()));
        arguments.add(keys.size());
        return damage.unlessOfAnotherType(LIST, link.call(call("forget devices", STEP, Scripts.PURGE, keys, arguments)))
                .map(answer -> answer != null && answer.toInteger() == 1);
    }

    private static Call call(String what, int devices, Script script, List<String> keys, List<Object> arguments) {
        Call.Maker maker = (server, named) -> {
            Request request = Request.cmd(Command.EVALSHA).arg(script.sha1()).arg(named);
            keys.forEach(request::arg);
            arguments.forEach(argument -> request.arg(argument.toString()));
            return request;
        };
        return new Call(what, SLOT, devices * BYTES_PER_DEVICE, keys.size(), maker, null);
    }
}
