package dev.tailrace.auth;

import dev.tailrace.ring.CredentialStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Which credentials are good no longer, as all brokers share it: asked by every event loop, and looked up in the store
 * every other second.
 */
public final class Revocations {

    private static final String LIST = "revoked";
    private static final long POLL_MILLIS = 2000;

    /** A name stays listed for this long after its credential ended; by then no stream is left that had it. */
    private static final long KEEP_MILLIS = TimeUnit.DAYS.toMillis(30);

    /** From when on each is revoked, in epoch milliseconds. */
    private final Map<String, Long> revoked = new ConcurrentHashMap<>();

    private CredentialStore store;

    @SuppressWarnings("NullAway.Init") // begin() comes before any other use but isRevoked
    public Revocations() {}

    /** On the event loop that looks; completes when the store was asked once. */
    public Future<Void> begin(Vertx vertx, CredentialStore shared) {
        store = shared;
        vertx.setPeriodic(POLL_MILLIS, id -> poll());
        return poll().otherwiseEmpty(); // away now, it will be asked again
    }

    private Future<Void> poll() {
        return store.listed(LIST)
                .onSuccess(members -> {
                    members.forEach(this::take);
                    revoked.keySet()
                            .retainAll(members.stream().map(Revocations::name).toList());
                })
                .mapEmpty();
    }

    private void take(String member) {
        int at = member.lastIndexOf('@');
        revoked.merge(member.substring(0, at), Long.parseLong(member.substring(at + 1)), Math::min);
    }

    private static String name(String member) {
        return member.substring(0, member.lastIndexOf('@'));
    }

    /** Whether the credential of this name is good no longer. May be called from any thread. */
    public boolean isRevoked(String credential) {
        Long from = revoked.get(credential);
        return from != null && from <= System.currentTimeMillis();
    }

    /**
     * Revokes on all brokers.
     *
     * @param from epoch milliseconds from which on
     */
    public Future<Void> revoke(CredentialStore through, String credential, long from) {
        return through.enlist(LIST, credential + "@" + from, Math.max(from, System.currentTimeMillis()) + KEEP_MILLIS)
                .onSuccess(told -> revoked.merge(credential, from, Math::min));
    }

    /** Names that are revoked, or will be. */
    public List<String> names() {
        return revoked.keySet().stream().sorted().toList();
    }
}
