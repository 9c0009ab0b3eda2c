package dev.tailrace.auth;

import dev.tailrace.http.Problem;
import dev.tailrace.storage.KeyValueStore;
import dev.tailrace.storage.RevocationList;
import dev.tailrace.storage.RevocationList.Revocation;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The revoked credentials, for all event loops. Reads the new entries of the list that all brokers share every two seconds. Until the
 * list has been read once, every lookup fails.
 *
 * <p>A revocation that was read once is remembered until the credential has ended, whatever happens to storage: when the list was lost,
 * each broker adds the missing entries again.
 */
public final class Revocations {

    private static final Logger log = LoggerFactory.getLogger(Revocations.class);

    /** Revoked from now on, by any clock. */
    static final long AT_ONCE = 0;

    private static final long POLL_MILLIS = 2000;

    /** How long at most a revocation is kept if only caches and open streams have to notice it. */
    private static final Duration KEEP = Duration.ofDays(30);

    /**
     * Revocations by brokers of an older version are taken over at every so many reads of the list, which is once a minute, and only
     * in the first hour of this broker, in which the older ones are replaced.
     */
    static final int TAKE_OVER_EVERY = 30;

    static final int TAKE_OVER_UNTIL = 1800;

    /**
     * How long a credential that was revoked by name stays listed after its end: a token is accepted for a while after its expiry,
     * because clocks of issuers differ, and clocks of brokers differ from the storage's.
     */
    static final Duration AFTER_END = Duration.ofHours(1);

    /** Limit of revocations by name, about 200 bytes of heap each. */
    static final int MAX_NAMED = 50_000;

    private final Map<String, Revocation> revoked = new ConcurrentHashMap<>();
    private volatile boolean known;

    /** Entries that this broker added and has not read from the list yet: if the list is lost before that, its loss may go unnoticed. */
    private final Map<String, Revocation> own = new ConcurrentHashMap<>();

    private final StorageClock clock;

    // All below is touched only on the event loop that reads the list.
    private final PriorityQueue<Revocation> ends = new PriorityQueue<>(Comparator.comparingLong(Revocation::until));
    private RevocationList list;
    private String life = "";
    private long read;

    /** The last time that storage reported, in epoch milliseconds. */
    private long now;

    private boolean reading;
    private int reads;

    /** While a new or restored list is read: the credentials that it has; null otherwise. */
    private @Nullable Set<String> found;

    /** @param clock is set with each read of the list */
    @SuppressWarnings("NullAway.Init") // begin() comes before any other use but isRevoked
    public Revocations(StorageClock clock) {
        this.clock = clock;
    }

    /** Begins on the event loop that reads the list; completes after the first attempt to read it. */
    public Future<Void> begin(Vertx vertx, RevocationList shared) {
        vertx.setPeriodic(
                POLL_MILLIS,
                id -> readNew().onFailure(cause -> log.debug("Cannot read the list of revoked credentials", cause)));
        return begin(shared);
    }

    Future<Void> begin(RevocationList shared) {
        list = shared;
        return readNew().otherwiseEmpty(); // it is read again later
    }

    // ---- reading

    /** Reads the new entries, page by page; does nothing while another call is doing so. */
    Future<Void> readNew() {
        if (reading) {
            return Future.succeededFuture();
        }
        reading = true;
        own.values().removeIf(this::isOver);
        List<Revocation> added = List.copyOf(own.values());
        return takeOver()
                .compose(taken -> readOn())
                .compose(read -> restore(added.stream()
                        .filter(one -> one.equals(own.get(one.credential())))
                        .toList()))
                .onComplete(done -> reading = false);
    }

    /** Whether an own entry ended before it was read, so that no list has it any more. */
    private boolean isOver(Revocation added) {
        boolean over = added.until() <= now;
        if (over) {
            forgetIfOver(added.credential());
        }
        return over;
    }

    private Future<Void> takeOver() {
        if (reads % TAKE_OVER_EVERY != 0 || reads > TAKE_OVER_UNTIL) {
            reads++;
            return Future.succeededFuture();
        }
        Future<Void> taken = list.takeOver().onSuccess(done -> reads++);
        return known ? taken.otherwiseEmpty() : taken; // new revocations have to be read in any case
    }

    private Future<Void> readOn() {
        List<Revocation> over = over();
        long asked = clock.nanos();
        return list.readAfter(read, over).onFailure(cause -> ends.addAll(over)).compose(page -> {
            now = page.now();
            clock.set(now, asked);
            if (!page.life().equals(life) || page.last() < read) {
                long before = read;
                beginAnew(page.life());
                if (before > 0) {
                    return readOn();
                }
            }
            page.entries().forEach(this::take);
            read = page.next();
            return page.more() ? readOn() : compare();
        });
    }

    private void beginAnew(String newLife) {
        life = newLife;
        read = 0;
        found = new HashSet<>();
        ends.clear();
    }

    private void take(Revocation one) {
        ends.add(one);
        own.remove(one.credential(), one);
        if (found != null) {
            found.add(one.credential());
        }
        keep(one);
    }

    private void keep(Revocation one) {
        revoked.merge(
                one.credential(),
                one,
                (before, other) -> new Revocation(
                        one.credential(),
                        Math.min(before.from(), other.from()),
                        Math.max(before.until(), other.until())));
    }

    /**
     * Removes some entries that have ended, by storage's clock, and returns them so that they are removed from the list. This broker's
     * own clock is not used, because it may be set while the broker runs.
     */
    private List<Revocation> over() {
        List<Revocation> over = new ArrayList<>();
        while (!ends.isEmpty() && ends.peek().until() <= now && over.size() < RevocationList.PAGE) {
            Revocation one = ends.poll();
            over.add(one);
            forgetIfOver(one.credential());
        }
        return over;
    }

    private void forgetIfOver(String credential) {
        revoked.computeIfPresent(credential, (name, kept) -> kept.until() <= now ? null : kept);
    }

    /** The whole list was read: adds the entries that it lacks. */
    private Future<Void> compare() {
        Set<String> listed = found;
        if (listed == null) {
            return Future.succeededFuture();
        }
        found = null;
        known = true;
        revoked.keySet().forEach(this::forgetIfOver);
        List<Revocation> missing = revoked.values().stream()
                .filter(one -> !listed.contains(one.credential()))
                .toList();
        if (!missing.isEmpty()) {
            log.warn(
                    "Storage lost the list of revoked credentials; restoring the {} that this broker knows",
                    missing.size());
        }
        return restore(missing);
    }

    private Future<Void> restore(List<Revocation> missing) {
        missing.forEach(one -> own.put(one.credential(), one));
        return putBack(missing).onFailure(cause -> life = ""); // so that the list is compared again
    }

    private Future<Void> putBack(List<Revocation> missing) {
        if (missing.isEmpty()) {
            return Future.succeededFuture();
        }
        int page = Math.min(missing.size(), RevocationList.PAGE);
        return list.add(missing.subList(0, page)).compose(added -> putBack(missing.subList(page, missing.size())));
    }

    // ---- lookups

    /**
     * Whether the credential of this name is revoked. May be called from any thread.
     *
     * @throws Problem when the list was not read yet
     */
    public boolean isRevoked(String credential) {
        if (!known) {
            throw Problem.storageAway();
        }
        Revocation kept = revoked.get(credential);
        return kept != null && kept.from() <= clock.millis();
    }

    /** Names that are revoked, or will be. */
    public List<String> names() {
        return revoked.keySet().stream().sorted().toList();
    }

    // ---- revoking

    /**
     * Revokes on all brokers.
     *
     * @param from when it is revoked, in epoch milliseconds of storage's clock, or {@link #AT_ONCE}
     * @param keep how long it is listed at most, from now or from then on; if the credential is removed as well, the time until all
     *     brokers have read the list suffices
     */
    Future<Void> revoke(RevocationList through, String credential, long from, Duration keep) {
        return add(through, new Revocation(credential, from, Math.max(from, clock.millis()) + keep.toMillis()));
    }

    /** The same for a key. */
    Future<Void> revoke(RevocationList through, String credential, long from) {
        return revoke(through, credential, from, KEEP);
    }

    /**
     * Revokes a credential by its name, on all brokers and at once; fails with a {@link Problem} when too many are revoked.
     *
     * @param until epoch milliseconds after which the credential is not valid in any case, {@link KeyValueStore#FOREVER}
     *     when that is not known
     */
    public Future<Void> revokeNamed(RevocationList through, String credential, long until) {
        if (revoked.size() >= MAX_NAMED && !revoked.containsKey(credential)) {
            return Future.failedFuture(new Problem(
                    409,
                    "too-many-revocations",
                    "Too many revoked credentials",
                    MAX_NAMED
                            + " is the limit; replace the secret, key or authority that issued them, and give expiresAt"
                            + " when revoking credentials that expire"));
        }
        long latest =
                credential.startsWith("login:") ? clock.millis() + Logins.LONGEST.toMillis() : KeyValueStore.FOREVER;
        long end = until > KeyValueStore.FOREVER - AFTER_END.toMillis() ? until : until + AFTER_END.toMillis();
        return add(through, new Revocation(credential, AT_ONCE, Math.min(end, latest)));
    }

    private Future<Void> add(RevocationList through, Revocation one) {
        if (one.until() <= clock.millis()) {
            return Future.succeededFuture(); // it has expired, and no list would take it
        }
        if (!one.equals(revoked.get(one.credential()))) {
            own.put(one.credential(), one);
        }
        return through.add(List.of(one))
                .onSuccess(added -> keep(one))
                .onFailure(cause -> own.remove(one.credential(), one));
    }
}
