package dev.tailrace.auth;

import dev.tailrace.http.Problem;
import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.KeyValueStore;
import dev.tailrace.storage.RevocationList;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Creates, lists, rotates and revokes the keys of devices, people and programs. Keys are stored without their secrets. */
public final class Keys {

    /** The beginning of every key, by which scanners find leaked ones. */
    public static final String PREFIX = "trk_";

    /** Keys of one device. */
    static final int MAX_PER_DEVICE = 16;

    /** Keys of all people and programs. */
    static final int MAX_OF_OTHERS = 10_000;

    private static final int AT_ONCE = 128;

    private static final String OTHERS = "keys";

    private final KeyValueStore store;
    private final RevocationList revoked;
    private final Revocations revocations;
    private final StorageClock clock;
    private final Secrets secrets = new Secrets();

    public Keys(KeyValueStore store, RevocationList revoked, Revocations revocations, StorageClock clock) {
        this.store = store;
        this.revoked = revoked;
        this.revocations = revocations;
        this.clock = clock;
    }

    /** A key and its token, which cannot be shown again. */
    public record Made(Key key, String token) {}

    /**
     * Creates a key.
     *
     * @param device that owns it, or null
     * @param life how long it is valid, or null for ever
     */
    public Future<Made> make(@Nullable DeviceId device, String name, List<Grant> grants, @Nullable Duration life) {
        return make(device, name, grants, life == null ? Identity.NEVER : clock.millis() + life.toMillis());
    }

    private Future<Made> make(@Nullable DeviceId device, String name, List<Grant> grants, long expiresAt) {
        String id = secrets.id();
        String secret = secrets.secret();
        Key key = new Key(id, Secrets.hash(secret), device, name, grants, clock.millis(), expiresAt);
        return list(device)
                .compose(there -> {
                    refuseIfTooMany(device, there.size());
                    return store.enlist(
                            listOf(device), id, expiresAt); // first, because a key that works must be listed
                })
                .compose(listed -> store.put(key.credential(), key.encode(), expiresAt))
                .map(kept -> new Made(key, PREFIX + id + "_" + secret));
    }

    private static void refuseIfTooMany(@Nullable DeviceId device, int there) {
        int max = device == null ? MAX_OF_OTHERS : MAX_PER_DEVICE;
        if (there >= max) {
            throw new Problem(
                    409, "too-many-keys", "Too many keys", "there are " + max + " keys already; revoke one first");
        }
    }

    /** Oldest first. */
    public Future<List<Key>> list(@Nullable DeviceId device) {
        return store.listed(listOf(device))
                .compose(ids -> find(ids, new ArrayList<>()))
                .map(keys -> keys.stream()
                        .sorted(Comparator.comparingLong(Key::created).thenComparing(Key::id))
                        .toList());
    }

    /** Reads them in batches, because many answers at once would block this event loop. */
    private Future<List<Key>> find(List<String> ids, List<Key> found) {
        List<Future<@Nullable Key>> each =
                ids.stream().limit(AT_ONCE).map(this::find).toList();
        return Future.all(each).compose(all -> {
            each.stream().map(Future::result).filter(Objects::nonNull).forEach(found::add);
            return ids.size() <= AT_ONCE
                    ? Future.succeededFuture(found)
                    : find(ids.subList(AT_ONCE, ids.size()), found);
        });
    }

    /** The key with this id, or null. */
    Future<@Nullable Key> find(String id) {
        return store.read("key:" + id, text -> Key.decode(id, text));
    }

    /**
     * Creates a new key with the same grants, and lets the old one end.
     *
     * @param grace how long the old key remains valid
     */
    public Future<Made> rotate(@Nullable DeviceId device, String id, Duration grace) {
        return require(device, id).compose(old -> {
            long end = clock.millis() + grace.toMillis();
            Key ending = old.until(end);
            return store.put(ending.credential(), ending.encode(), ending.expiresAt())
                    .compose(kept -> store.enlist(listOf(device), id, ending.expiresAt()))
                    .compose(kept -> revocations.revoke(revoked, ending.credential(), ending.expiresAt()))
                    .compose(kept -> make(device, old.name(), old.grants(), old.expiresAt()));
        });
    }

    /** Revokes a key now; streams that were opened with it end within seconds. */
    public Future<Void> revoke(@Nullable DeviceId device, String id) {
        return require(device, id)
                .compose(key -> revocations.revoke(revoked, key.credential(), Revocations.AT_ONCE))
                .compose(told -> store.remove("key:" + id))
                .compose(gone -> store.strike(listOf(device), id));
    }

    private Future<Key> require(@Nullable DeviceId device, String id) {
        return find(id).map(key -> {
            if (key == null || !Objects.equals(key.device(), device)) {
                throw new Problem(404, "unknown-key", "No such key", "list the keys to see their ids");
            }
            return key;
        });
    }

    private static String listOf(@Nullable DeviceId device) {
        return device == null ? OTHERS : "keys/" + device;
    }
}
