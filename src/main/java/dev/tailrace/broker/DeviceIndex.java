package dev.tailrace.broker;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import dev.tailrace.storage.DeviceDirectory;
import dev.tailrace.storage.DeviceDirectory.Changes;
import dev.tailrace.storage.DeviceDirectory.Mark;
import dev.tailrace.storage.Epochs;
import dev.tailrace.storage.FleetStore;
import dev.tailrace.storage.KnownDevice;
import dev.tailrace.storage.RingStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * All known devices as one broker remembers them, in the order in which they changed. Brought up to date on request
 * with what has changed in storage, so that storage answers one question per second, however many requests and devices
 * there are. Grows with the devices that storage knows. Read by all event loops, written by one.
 */
public final class DeviceIndex {

    /** Data that is not older is not read again. */
    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Memberships are read again so often at most, while they change. */
    private static final long FLEETS_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** Everything is read again so often, in case that a change was missed. */
    private static final long AGAIN_NANOS = TimeUnit.MINUTES.toNanos(10);

    private static final long FORGET_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** So many devices are read, or looked at, in one tick of the event loop; that takes a millisecond at most. */
    private static final int PAGE = 500;

    /**
     * A device that is offline has changed when it was seen so much later than listed. Otherwise a device that writes
     * all the time would change all the time.
     */
    private static final long SEEN_STEP_MILLIS = TimeUnit.MINUTES.toMillis(5);

    /** Another broker may have noticed a change so much earlier or later. */
    private static final long APART_MILLIS = TimeUnit.SECONDS.toMillis(30);

    /**
     * So many devices that are not known any more are remembered. A request for changes since before them gets the
     * whole list.
     */
    private static final int MOST_REMOVED = 10_000;

    /**
     * Devices whose membership this broker has changed since the last request. The membership of devices beyond this
     * number is read with all others, some seconds later.
     */
    static final int MOST_MOVED = 10_000;

    private final Vertx vertx;
    private final Context context;
    private final AfterReading afterReading;
    private final DeviceDirectory directory;
    private final FleetStore memberships;
    private final LongSupplier nanoTime;
    private final String name = Epochs.next();

    // Read by all event loops, changed on the context only.
    private final ConcurrentNavigableMap<DeviceId, ListedDevice> devices = new ConcurrentSkipListMap<>();
    private final Map<FleetId, ConcurrentNavigableMap<DeviceId, Boolean>> fleets = new ConcurrentHashMap<>();
    private final ConcurrentNavigableMap<DeviceVersion, DeviceId> changes = new ConcurrentSkipListMap<>();
    private final ConcurrentNavigableMap<DeviceVersion, ListedDevice> removed = new ConcurrentSkipListMap<>();
    private volatile long oldest; // devices that are offline since then are not known any more
    private volatile long now; // clock of storage, at the last refresh
    private volatile DeviceVersion last; // of all changes and removals
    private volatile long horizon = Long.MAX_VALUE; // changes before it are not known

    /** Devices whose membership has to be read: new devices, and those whose membership this broker has changed. */
    private final Set<DeviceId> moved = ConcurrentHashMap.newKeySet();

    // Touched on the context only.
    private final Map<DeviceId, DeviceVersion> versions = new HashMap<>();
    private @Nullable Future<Void> refreshing;
    private @Nullable Mark mark;
    private final Set<DeviceId> unread = new HashSet<>(); // while all are read again, the devices that did not come yet
    private String fleetsVersion = "";
    private long refreshedAt;
    private long fleetsAt;
    private long readAt;
    private long forgottenAt;

    /** Made on the event loop that it works on, with the stores of that loop. */
    public DeviceIndex(Vertx vertx, DeviceDirectory directory, FleetStore fleets) {
        this(vertx, directory, fleets, System::nanoTime);
    }

    DeviceIndex(Vertx vertx, DeviceDirectory directory, FleetStore memberships, LongSupplier nanoTime) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.afterReading = new AfterReading(context);
        this.directory = directory;
        this.memberships = memberships;
        this.nanoTime = nanoTime;
        this.last = new DeviceVersion(name, 0, 0);
        long past = nanoTime.getAsLong() - AGAIN_NANOS;
        this.refreshedAt = past;
        this.fleetsAt = past;
        this.readAt = past;
        this.forgottenAt = past;
    }

    // ---- requests, on any event loop

    /** Completes when nothing here is older than a second. Fails as {@link RingStore} does. */
    public Future<Void> fresh() {
        Context caller = vertx.getOrCreateContext();
        Promise<Void> promise = Promise.promise();
        context.runOnContext(there -> refresh().onComplete(done -> caller.runOnContext(back -> promise.handle(done))));
        return promise.future();
    }

    /** The devices in order of their names, after one of them or from the first. */
    public Iterator<ListedDevice> after(@Nullable DeviceId device) {
        var rest = device == null ? devices : devices.tailMap(device, false);
        return rest.values().stream().filter(this::isKnown).iterator();
    }

    /**
     * Some devices in order of their names, after one of them or from the first.
     *
     * @param named devices that are named
     * @param fleets all devices of these fleets are named too
     */
    public Iterator<ListedDevice> after(
            @Nullable DeviceId device, Collection<DeviceId> named, Collection<FleetId> fleets) {
        List<Iterator<DeviceId>> lists = new ArrayList<>();
        for (FleetId fleet : fleets) {
            ConcurrentNavigableMap<DeviceId, Boolean> members = this.fleets.get(fleet);
            if (members != null) {
                lists.add((device == null ? members : members.tailMap(device, false))
                        .keySet()
                        .iterator());
            }
        }
        lists.add(named.stream()
                .filter(name -> device == null || name.compareTo(device) > 0)
                .sorted()
                .iterator());
        Iterable<DeviceId> names = () -> new MergedNames(lists);
        return StreamSupport.stream(names.spliterator(), false)
                .map(this::get)
                .filter(Objects::nonNull)
                .iterator();
    }

    /** One device, or null. */
    public @Nullable ListedDevice get(DeviceId device) {
        ListedDevice listed = devices.get(device);
        return listed != null && isKnown(listed) ? listed : null;
    }

    private boolean isKnown(ListedDevice listed) {
        return listed.online() || listed.lastSeen() > oldest;
    }

    /** When a device was last seen; for a device that is online, the time of the last refresh. */
    public long lastSeen(ListedDevice listed) {
        return listed.online() ? Math.max(now, listed.lastSeen()) : listed.lastSeen();
    }

    /**
     * The version from which {@link #since} answers with what changes from now on. Asked for before the list is read.
     */
    public String version() {
        return present().toString();
    }

    // As of now although nothing may have changed for long, so that a broker that started recently understands it.
    private DeviceVersion present() {
        DeviceVersion changed = last;
        return new DeviceVersion(name, Math.max(now, changed.at()), changed.number());
    }

    /**
     * What has changed since a version, which may be that of another broker that shares this storage: devices that are
     * new, came online or went offline, changed their fleet, or were seen minutes later; and devices that are not known
     * any more. Some may have been in the previous answer. At most so many, the oldest changes first.
     *
     * @return null when it is not known here; then everything may have changed
     */
    public @Nullable Since since(String version, int most) {
        DeviceVersion parsed = DeviceVersion.parse(version);
        if (parsed == null) {
            return null;
        }
        DeviceVersion end = present();
        boolean isOwn = parsed.index().equals(name);
        DeviceVersion from = isOwn ? parsed : new DeviceVersion(name, parsed.at() - APART_MILLIS, 0);
        if (from.at() < horizon || from.at() > end.at()) {
            return null;
        }
        boolean more = false;
        List<ListedDevice> changed = new ArrayList<>();
        for (var change : changes.tailMap(from, false).entrySet()) {
            if (changed.size() == most) {
                more = true;
                break;
            }
            ListedDevice listed = get(change.getValue());
            if (listed != null) {
                changed.add(listed);
            }
            end = change.getKey();
        }
        // Read after the changes, so that it has all devices that were removed before the last of them.
        List<ListedDevice> gone = removed.tailMap(from, false).values().stream()
                .filter(one -> get(one.device()) == null)
                .toList();
        return new Since(changed, gone, end.toString(), more);
    }

    /**
     * The answer to {@link #since}.
     *
     * @param changed as they are now
     * @param removed as they were last
     * @param version where the next answer begins
     * @param more whether there are more changes already
     */
    public record Since(List<ListedDevice> changed, List<ListedDevice> removed, String version, boolean more) {}

    /** Has the membership of a device read again, before the next answer. */
    public void moved(DeviceId device) {
        if (moved.size() < MOST_MOVED) {
            moved.add(device);
        }
    }

    /** How many memberships are to be read again. */
    int moves() {
        return moved.size();
    }

    // ---- updates from storage, on the context

    private Future<Void> refresh() {
        Future<Void> running = refreshing;
        if (running != null) {
            return running.compose(done -> moved.isEmpty() ? Future.succeededFuture() : refresh());
        }
        long started = nanoTime.getAsLong();
        if (started - refreshedAt < FRESH_NANOS && moved.isEmpty()) {
            return Future.succeededFuture();
        }
        Future<Void> begun = Future.succeededFuture();
        if (started - readAt >= AGAIN_NANOS) {
            readAt = started;
            mark = null;
            fleetsVersion = "";
            begun = noneIsRead();
        }
        Future<Void> all = begun.compose(done -> inTicks(this::readPage))
                .compose(done -> readFleets(started))
                .compose(done -> forget(started))
                .onSuccess(done -> refreshedAt = started)
                .onComplete(done -> refreshing = null);
        refreshing = all.isComplete() ? null : all;
        return all;
    }

    /** Repeats a step, each time in another tick of the event loop, until it returns that nothing is left to do. */
    private Future<Void> inTicks(Supplier<Future<Boolean>> step) {
        Promise<Void> done = Promise.promise();
        goOn(step, done);
        return done.future();
    }

    // Not composed of futures, because in a chain as long as there are pages each would complete within the other.
    private void goOn(Supplier<Future<Boolean>> step, Promise<Void> done) {
        Future.succeededFuture()
                .compose(nothing -> step.get())
                .onFailure(done::fail)
                .onSuccess(more -> {
                    if (more) {
                        afterReading.call(() -> goOn(step, done));
                    } else {
                        done.complete();
                    }
                });
    }

    /** Looks at all elements in slices. Nothing else may change their collection, unless it is a concurrent map. */
    private <T> Future<Void> forEach(Iterator<T> all, Consumer<T> look) {
        return inTicks(() -> {
            for (int i = 0; i < PAGE && all.hasNext(); i++) {
                look.accept(all.next());
            }
            return Future.succeededFuture(all.hasNext());
        });
    }

    private Future<Void> noneIsRead() {
        return forEach(devices.keySet().iterator(), unread::add);
    }

    /** Returns whether there are more. */
    private Future<Boolean> readPage() {
        return directory
                .changes(mark, PAGE)
                .compose(page -> (page.restarted() ? noneIsRead() : Future.<Void>succeededFuture())
                        .compose(nothing -> take(page))
                        .map(!page.last()));
    }

    private Future<Void> take(Changes page) {
        mark = page.mark();
        oldest = page.oldest();
        now = page.now();
        page.devices().forEach(this::take);
        if (!page.last()) {
            return Future.succeededFuture();
        }
        Iterator<DeviceId> gone = unread.iterator();
        return forEach(gone, device -> {
            gone.remove();
            remove(device);
        });
    }

    private void take(KnownDevice known) {
        DeviceId device = known.device();
        unread.remove(device);
        ListedDevice before = devices.get(device);
        if (before == null) {
            moved.add(device);
            put(new ListedDevice(device, null, null, known.online(), known.lastSeen(), known.lastSeen()), true);
            return;
        }
        boolean isChange = before.online() != known.online()
                || (!known.online() && known.lastSeen() - before.listedSeen() >= SEEN_STEP_MILLIS);
        long listedSeen = isChange ? known.lastSeen() : before.listedSeen();
        put(
                new ListedDevice(
                        device, before.fleet(), before.formerFleet(), known.online(), known.lastSeen(), listedSeen),
                isChange);
    }

    private void put(ListedDevice listed, boolean isChange) {
        ListedDevice before = devices.put(listed.device(), listed);
        if (before == null || !Objects.equals(before.fleet(), listed.fleet())) {
            leave(before);
            if (listed.fleet() != null) {
                fleets.computeIfAbsent(listed.fleet(), fleet -> new ConcurrentSkipListMap<>())
                        .put(listed.device(), true);
            }
        }
        if (isChange) {
            DeviceVersion version = nextVersion();
            changes.put(version, listed.device());
            DeviceVersion former = versions.put(listed.device(), version);
            if (former != null) {
                changes.remove(former);
            }
            last = version; // after the changes can be found, so that no request goes on from it without them
        }
    }

    private void leave(@Nullable ListedDevice listed) {
        if (listed != null && listed.fleet() != null) {
            fleets.computeIfPresent(listed.fleet(), (fleet, members) -> {
                members.remove(listed.device());
                return members.isEmpty() ? null : members;
            });
        }
    }

    private DeviceVersion nextVersion() {
        return new DeviceVersion(name, Math.max(now, last.at()), last.number() + 1);
    }

    private void remove(DeviceId device) {
        ListedDevice listed = devices.remove(device);
        leave(listed);
        DeviceVersion former = versions.remove(device);
        if (former != null) {
            changes.remove(former);
        }
        if (listed != null) {
            DeviceVersion version = nextVersion();
            removed.put(version, listed);
            last = version;
        }
        while (removed.size() > MOST_REMOVED) {
            horizon = Math.max(horizon, removed.pollFirstEntry().getKey().at() + 1);
        }
    }

    private Future<Void> forget(long started) {
        if (horizon == Long.MAX_VALUE) {
            horizon = present().at();
        }
        if (started - forgottenAt < FORGET_NANOS) {
            return Future.succeededFuture();
        }
        forgottenAt = started;
        return forEach(devices.values().iterator(), listed -> {
            if (!isKnown(listed)) {
                remove(listed.device());
            }
        });
    }

    private Future<Void> readFleets(long started) {
        return memberships.version().compose(version -> {
            if (version.equals(fleetsVersion) || started - fleetsAt < FLEETS_NANOS) {
                return readMoved();
            }
            fleetsAt = started;
            moved.clear();
            return readAllFleets().onSuccess(all -> fleetsVersion = version);
        });
    }

    /** In parts, because at first all devices are new. */
    private Future<Void> readMoved() {
        return inTicks(() -> {
            List<DeviceId> some = moved.stream().limit(PAGE).toList();
            some.forEach(moved::remove);
            return some.isEmpty()
                    ? Future.succeededFuture(false)
                    : readFleetsOf(some).onFailure(cause -> moved.addAll(some)).map(true);
        });
    }

    private Future<Void> readAllFleets() {
        Iterator<DeviceId> all = devices.keySet().iterator();
        return inTicks(() -> {
            List<DeviceId> some = new ArrayList<>();
            while (some.size() < PAGE && all.hasNext()) {
                some.add(all.next());
            }
            return readFleetsOf(some).map(nothing -> all.hasNext());
        });
    }

    private Future<Void> readFleetsOf(Collection<DeviceId> some) {
        return some.isEmpty()
                ? Future.succeededFuture()
                : memberships.fleetsOf(some).map(found -> {
                    some.forEach(device -> belongs(device, found.get(device)));
                    return null;
                });
    }

    private void belongs(DeviceId device, @Nullable FleetId fleet) {
        ListedDevice listed = devices.get(device);
        if (listed != null && !Objects.equals(listed.fleet(), fleet)) {
            put(listed.in(fleet), true);
        }
    }
}
