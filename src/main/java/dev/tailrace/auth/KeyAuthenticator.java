package dev.tailrace.auth;

import dev.tailrace.auth.Credential.Kind;
import dev.tailrace.http.Problem;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Identifies callers by the keys of {@link Keys}. While storage is unavailable, keys that were valid lately remain valid. */
public final class KeyAuthenticator implements Authenticator {

    private static final Pattern ID = Pattern.compile("[0-9a-f]{16}");
    private static final int MAX_REMEMBERED = 10_000;

    /** How long an unknown key is remembered as unknown. */
    private static final long UNKNOWN_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** How long a valid key is accepted while storage is unavailable. */
    private static final long STALE_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final Keys keys;
    private final Fleets fleets;
    private final Map<String, Answer> answers = new RecentMap<>(MAX_REMEMBERED);

    public KeyAuthenticator(Keys keys, Fleets fleets) {
        this.keys = keys;
        this.fleets = fleets;
    }

    @Override
    public Future<@Nullable Identity> identify(Credential credential) {
        if (credential.kind() != Kind.TOKEN || !credential.text().startsWith(Keys.PREFIX)) {
            return Future.succeededFuture(null);
        }
        String rest = credential.text().substring(Keys.PREFIX.length());
        int bar = rest.indexOf('_');
        String id = bar < 0 ? "" : rest.substring(0, bar);
        if (!ID.matcher(id).matches()) {
            return Future.succeededFuture(null);
        }
        String hash = Secrets.hash(rest.substring(bar + 1));
        return find(id).map(key -> key != null && Secrets.same(key.hash(), hash) ? identity(key) : null);
    }

    private Future<@Nullable Key> find(String id) {
        Answer before = answers.get(id);
        if (before != null && before.key == null && before.isYounger(UNKNOWN_NANOS)) {
            return Future.succeededFuture(null);
        }
        return keys.find(id)
                .onSuccess(key -> answers.put(id, new Answer(key, System.nanoTime())))
                .recover(unavailable -> before != null && before.key != null && before.isYounger(STALE_NANOS)
                        ? Future.succeededFuture(before.key)
                        : Future.failedFuture(Problem.storageAway()));
    }

    private Identity identity(Key key) {
        return new GrantedIdentity(key.subject(), List.of(key.credential()), key.expiresAt(), key.grants(), fleets);
    }

    private record Answer(@Nullable Key key, long at) {
        boolean isYounger(long nanos) {
            return System.nanoTime() - at < nanos;
        }
    }
}
