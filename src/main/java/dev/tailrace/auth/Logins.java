package dev.tailrace.auth;

import dev.tailrace.auth.Credential.Kind;
import dev.tailrace.http.Problem;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import dev.tailrace.storage.KeyValueStore;
import dev.tailrace.storage.RevocationList;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Logins of people in browsers: a cookie stands for the token that was shown at the login. The token is stored as well, encrypted with
 * the cookie, so that each request is checked against the token as it is valid at that moment.
 */
public final class Logins implements Authenticator {

    /** How long a cookie is valid at most. */
    static final Duration LONGEST = Duration.ofHours(12);

    /**
     * How long after its end a login is listed as revoked, which ends its open streams, and counts as one of its caller's logins. A
     * broker that does not reach storage for longer keeps such streams until the login would have expired.
     */
    public static final Duration AFTERLIFE = Duration.ofHours(1);

    private static final Pattern COOKIE = Pattern.compile("[0-9a-f]{16}_[A-Za-z0-9_-]{43}");

    private final KeyValueStore store;
    private final RevocationList revoked;
    private final Revocations revocations;
    private final StorageClock clock;
    private final List<Authenticator> tokens;
    private final int perSubject;
    private final Secrets secrets = new Secrets();

    /**
     * For one event loop.
     *
     * @param tokens authenticate the tokens of logins; none: everybody may do everything, without a login
     * @param perSubject logins of one caller that are open or ended within the last hour
     */
    public Logins(
            KeyValueStore store,
            RevocationList revoked,
            Revocations revocations,
            StorageClock clock,
            List<Authenticator> tokens,
            int perSubject) {
        this.store = store;
        this.revoked = revoked;
        this.revocations = revocations;
        this.clock = clock;
        this.tokens = List.copyOf(tokens);
        this.perSubject = perSubject;
    }

    /**
     * A login.
     *
     * @param cookie a secret; null where no login is needed
     * @param seconds for which the cookie is valid
     */
    public record Login(@Nullable String cookie, Identity identity, long seconds) {
        /** Without the cookie. */
        @Override
        public String toString() {
            return identity.subject();
        }
    }

    /** The token in the Authorization header, or null. */
    public static @Nullable String shown(HttpServerRequest request) {
        return Credential.of(request, false).stream()
                .filter(credential -> credential.kind() == Kind.TOKEN)
                .map(Credential::text)
                .findFirst()
                .orElse(null);
    }

    /** Whether the text has the form of a cookie. */
    static boolean isShaped(String cookie) {
        return COOKIE.matcher(cookie).matches();
    }

    /**
     * Logs in; fails with a {@link Problem} when the token is not valid, or its bearer has too many logins.
     *
     * @param address of the request
     */
    public Future<Login> open(String token, String address) {
        if (tokens.isEmpty()) {
            return Future.succeededFuture(new Login(null, Identity.EVERYBODY, 0));
        }
        return identityOf(token, address)
                .compose(who -> who == null
                        ? Future.failedFuture(notValid())
                        : who.isConfirmed()
                                .compose(confirmed -> confirmed ? open(token, who) : Future.failedFuture(notValid())));
    }

    private static Problem notValid() {
        return new Problem(401, "unauthorized", "Authentication required", "the token is invalid, expired or revoked");
    }

    private Future<Login> open(String token, Identity who) {
        long now = clock.millis();
        long until = Math.min(now + LONGEST.toMillis(), who.expiresAt());
        String id = secrets.id();
        String secret = secrets.secret();
        String kept = new JsonObject()
                .put("hash", Secrets.hash(secret))
                .put("token", SealedToken.seal(token, secret))
                .put("subject", who.subject())
                .put("until", until)
                .encode();
        return store.enlist(listOf(who.subject()), id, until, perSubject)
                .compose(listed -> listed ? store.put(nameOf(id), kept, until) : Future.failedFuture(tooMany()))
                .map(done -> new Login(id + "_" + secret, new LoggedIn(who, nameOf(id), until), (until - now) / 1000));
    }

    private Problem tooMany() {
        return new Problem(
                429,
                "too-many-logins",
                "Too many logins",
                "this caller has " + perSubject
                        + " logins that are open or ended within the last hour (--auth-logins); use one of them, or send the"
                        + " token with each request");
    }

    private Future<@Nullable Identity> identityOf(String token, String address) {
        return Gate.authenticate(tokens, Credential.token(token, address), 0)
                .map(who -> who == null || who.isOver(clock.millis(), revocations::isRevoked) ? null : who);
    }

    @Override
    public Future<@Nullable Identity> identify(Credential credential) {
        if (credential.kind() != Kind.COOKIE) {
            return Future.succeededFuture(null);
        }
        String cookie = credential.text();
        return find(cookie).compose(kept -> {
            if (kept == null) {
                return Future.succeededFuture(null);
            }
            return identityOf(kept.token, credential.address())
                    .map(who -> who == null ? null : new LoggedIn(who, nameOf(idOf(cookie)), kept.until));
        });
    }

    /** Ends a login on all brokers; its streams end within seconds. Does nothing for an unknown cookie. */
    public Future<Void> close(String cookie) {
        return find(cookie).compose(kept -> kept == null ? Future.succeededFuture() : end(idOf(cookie), kept));
    }

    private Future<Void> end(String id, Kept kept) {
        long now = clock.millis();
        long left = Math.max(0, Math.min(AFTERLIFE.toMillis(), kept.until - now));
        return revocations
                .revoke(revoked, nameOf(id), Revocations.AT_ONCE, Duration.ofMillis(left))
                .compose(told -> store.remove(nameOf(id)))
                .compose(gone -> store.enlist(listOf(kept.subject), id, now + left));
    }

    private record Kept(String token, String subject, long until) {}

    private Future<@Nullable Kept> find(String cookie) {
        if (!isShaped(cookie)) {
            return Future.succeededFuture(null);
        }
        return store.read(nameOf(idOf(cookie)), text -> {
            JsonObject kept = new JsonObject(text);
            return Secrets.same(kept.getString("hash"), Secrets.hash(secretOf(cookie)))
                    ? new Kept(
                            SealedToken.open(kept.getString("token"), secretOf(cookie)),
                            kept.getString("subject", ""),
                            kept.getLong("until"))
                    : null;
        });
    }

    private static String idOf(String cookie) {
        return cookie.substring(0, cookie.indexOf('_'));
    }

    private static String secretOf(String cookie) {
        return cookie.substring(cookie.indexOf('_') + 1);
    }

    /** The name in the store and in {@link Identity#credentials()}. */
    private static String nameOf(String id) {
        return "login:" + id;
    }

    private static String listOf(String subject) {
        return "logins/" + subject;
    }

    /** The identity of the token, while the login lasts. */
    private record LoggedIn(Identity who, String login, long until) implements Identity {

        @Override
        public String subject() {
            return who.subject();
        }

        @Override
        public List<String> credentials() {
            return Stream.concat(who.credentials().stream(), Stream.of(login)).toList();
        }

        @Override
        public long expiresAt() {
            return Math.min(until, who.expiresAt());
        }

        @Override
        public Future<Boolean> may(Permission permission, DeviceId device) {
            return who.may(permission, device);
        }

        @Override
        public Future<Boolean> may(Permission permission, DeviceId device, @Nullable FleetId fleet) {
            return who.may(permission, device, fleet);
        }

        @Override
        public boolean mayEverywhere(Permission permission) {
            return who.mayEverywhere(permission);
        }

        @Override
        public Scope scope(Permission permission) {
            return who.scope(permission);
        }

        @Override
        public boolean canChange() {
            return who.canChange();
        }

        @Override
        public List<Grant> grants() {
            return who.grants();
        }
    }
}
