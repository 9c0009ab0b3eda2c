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
 * Which credentials are revoked: asked by every event loop, and kept up with the list that all brokers share, of which it reads
 * what is new every two seconds. Until the list was read once nobody can know, and every question fails.
 *
 * <p>What was known once is known until the credential has ended, whatever becomes of storage: when the list was lost, each
 * broker puts back what is missing.
 */
public final class Revocations {

    private static final Logger log = LoggerFactory.getLogger(Revocations.class);

    /** From now on, by any clock. */
    static final long AT_ONCE = 0;

    private static final long POLL_MILLIS = 2000;

    /** Longest time for which a revocation is kept that only caches and open streams have to learn of. */
    private static final Duration KEEP = Duration.ofDays(30);

    /**
     * So often, counted in readings, what brokers of an older version have revoked is taken over: once a minute. Storage is read
     * for that in the first hour of this broker, in which they are replaced.
     */
    static final int TAKE_OVER_EVERY = 30;

    static final int TAKE_OVER_UNTIL = 1800;

    /**
     * For so long a credential that somebody names stays listed after its end: a token is good for a while after the end that it
     * names, as issuers' clocks differ, and brokers' clocks differ from the storage's.
     */
    static final Duration AFTER_END = Duration.ofHours(1);

    /** Revocations by name, which nothing else bounds: some 200 bytes of heap each. */
    static final int MAX_NAMED = 50_000;

    private final Map<String, Revocation> revoked = new ConcurrentHashMap<>();
    private volatile boolean known;

    /** What this broker added, and has not read from the list yet: a list that is lost before may look like the one before it. */
    private final Map<String, Revocation> own = new ConcurrentHashMap<>();

    private final StorageClock clock;

    // All below is touched only on the event loop that reads the list.
    private final PriorityQueue<Revocation> ends = new PriorityQueue<>(Comparator.comparingLong(Revocation::until));
    private RevocationList list;
    private String life = "";
    private long read;

    /** When storage told the time last, by its clock, in epoch milliseconds. */
    private long now;

    private boolean looking;
    private int looks;

    /** Of a list in a life that was not read before: what it has; null when all was compared. */
    private @Nullable Set<String> found;

    /** @param clock is told the time each time that the list is read */
    @SuppressWarnings("NullAway.Init") // begin() comes before any other use but isRevoked
    public Revocations(StorageClock clock) {
        this.clock = clock;
    }

    /** On the event loop that reads the list; completes when that was tried once. */
    public Future<Void> begin(Vertx vertx, RevocationList shared) {
        vertx.setPeriodic(
                POLL_MILLIS,
                id -> look().onFailure(cause -> log.debug("Cannot read the list of revoked credentials", cause)));
        return begin(shared);
    }

    Future<Void> begin(RevocationList shared) {
        list = shared;
        return look().otherwiseEmpty(); // unavailable now, it will be asked again
    }

    // ---- reading

    /** Reads what is new, page by page; one call does so at a time. */
    Future<Void> look() {
        if (looking) {
            return Future.succeededFuture();
        }
        looking = true;
        own.values().removeIf(this::isOver);
        List<Revocation> added = List.copyOf(own.values());
        return takeOver()
                .compose(taken -> readOn())
                .compose(read -> restore(added.stream()
                        .filter(one -> one.equals(own.get(one.credential())))
                        .toList()))
                .onComplete(done -> looking = false);
    }

    /** Of what ended before it was read, which no list has any more. */
    private boolean isOver(Revocation added) {
        boolean over = added.until() <= now;
        if (over) {
            forgetIfOver(added.credential());
        }
        return over;
    }

    private Future<Void> takeOver() {
        if (looks % TAKE_OVER_EVERY != 0 || looks > TAKE_OVER_UNTIL) {
            looks++;
            return Future.succeededFuture();
        }
        Future<Void> taken = list.takeOver().onSuccess(done -> looks++);
        return known ? taken.otherwiseEmpty() : taken; // what is known has to be kept up with in any case
    }

    private Future<Void> readOn() {
        List<Revocation> over = over();
        long asked = clock.nanos();
        return list.readAfter(read, over).onFailure(cause -> ends.addAll(over)).compose(page -> {
            now = page.now();
            clock.tell(now, asked);
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
     * Of those that were read, some that had ended when storage last told the time; forgotten here, to be removed there. This broker's
     * clock may be set while it runs, and has no say.
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

    /** All was read. */
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
        return putBack(missing).onFailure(cause -> life = ""); // to be compared again
    }

    private Future<Void> putBack(List<Revocation> missing) {
        if (missing.isEmpty()) {
            return Future.succeededFuture();
        }
        int page = Math.min(missing.size(), RevocationList.PAGE);
        return list.add(missing.subList(0, page)).compose(added -> putBack(missing.subList(page, missing.size())));
    }

    // ---- asking

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
     * @param from epoch milliseconds of storage's clock from which on, or {@link #AT_ONCE}
     * @param keep at most, from now or from then on; a credential that is removed besides needs no more than others take to
     *     hear of it
     */
    Future<Void> revoke(RevocationList through, String credential, long from, Duration keep) {
        return add(through, new Revocation(credential, from, Math.max(from, clock.millis()) + keep.toMillis()));
    }

    /** Likewise, a key of ours. */
    Future<Void> revoke(RevocationList through, String credential, long from) {
        return revoke(through, credential, from, KEEP);
    }

    /**
     * Revokes, on all brokers and at once, what somebody names; fails with a {@link Problem} when too many are.
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
            return Future.succeededFuture(); // it has ended by itself, and no list would take it
        }
        if (!one.equals(revoked.get(one.credential()))) {
            own.put(one.credential(), one);
        }
        return through.add(List.of(one))
                .onSuccess(added -> keep(one))
                .onFailure(cause -> own.remove(one.credential(), one));
    }
}
