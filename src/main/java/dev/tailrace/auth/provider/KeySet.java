package dev.tailrace.auth.provider;

import dev.tailrace.http.Problem;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The public keys of an identity provider (RFC 7517). They are fetched every few minutes, and when a token names an unknown key. While
 * the provider is unavailable, the last keys remain in use. Used on one event loop.
 */
final class KeySet {

    private static final Logger log = LoggerFactory.getLogger(KeySet.class);

    private static final long REFRESH_MILLIS = TimeUnit.MINUTES.toMillis(5);

    /** Minimum time between fetches for unknown keys, because strangers could otherwise cause any number of fetches. */
    private static final long UNKNOWN_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** The same while there are no keys at all. */
    private static final long NONE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long TIMEOUT_MILLIS = 5000;
    private static final int MAX_BYTES = 256 * 1024;

    private final HttpClient client;
    private final RequestOptions request;
    private List<JsonWebKey> keys = List.of();
    private @Nullable Future<List<JsonWebKey>> fetching;
    private long asked;
    private final OutageLog outages = new OutageLog(
            log,
            "Cannot fetch the keys of the identity provider: {}",
            "The keys of the identity provider can be fetched again");

    KeySet(Vertx vertx, URI address) {
        boolean secure = address.getScheme().equals("https");
        client = vertx.createHttpClient(
                new HttpClientOptions().setConnectTimeout((int) TIMEOUT_MILLIS).setVerifyHost(true));
        request = new RequestOptions()
                .setMethod(HttpMethod.GET)
                .setSsl(secure)
                .setHost(address.getHost())
                .setPort(address.getPort() >= 0 ? address.getPort() : secure ? 443 : 80)
                .setURI(address.getRawPath() + (address.getRawQuery() == null ? "" : "?" + address.getRawQuery()))
                .setTimeout(TIMEOUT_MILLIS)
                .putHeader("Accept", "application/json");
        vertx.setPeriodic(0, REFRESH_MILLIS, id -> fetch());
    }

    /** The keys, fetched again if none has this id; fails while there are no keys at all. */
    Future<List<JsonWebKey>> with(@Nullable String id) {
        boolean there = id == null ? !keys.isEmpty() : keys.stream().anyMatch(key -> id.equals(key.getKeyId()));
        if (there) {
            return Future.succeededFuture(keys);
        }
        boolean tooSoon = System.nanoTime() - asked < (keys.isEmpty() ? NONE_NANOS : UNKNOWN_NANOS);
        Future<List<JsonWebKey>> latest =
                tooSoon ? Objects.requireNonNullElse(fetching, Future.succeededFuture(keys)) : fetch();
        return latest.compose(fetched -> fetched.isEmpty()
                ? Future.failedFuture(new Problem(
                        503,
                        "identity-provider-away",
                        "Identity provider unavailable",
                        "its keys have not been fetched yet; retry shortly"))
                : Future.succeededFuture(fetched));
    }

    /** Completes with the keys, whether they could be fetched or not. */
    private Future<List<JsonWebKey>> fetch() {
        if (fetching != null) {
            return fetching;
        }
        asked = System.nanoTime();
        Future<List<JsonWebKey>> fetched = client.request(request)
                .compose(sending -> sending.send()
                        .compose(KeySet::read)
                        // For the whole response, which could otherwise trickle in for ever.
                        .timeout(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
                        .onFailure(cause -> sending.reset()))
                .map(body -> parse(body.toString()))
                .map(parsed -> {
                    keys = parsed;
                    outages.report(null);
                    return keys;
                })
                .otherwise(cause -> {
                    outages.report(String.valueOf(cause.getMessage()));
                    return keys;
                });
        if (!fetched.isComplete()) {
            fetching = fetched;
            fetched.onComplete(done -> fetching = null);
        }
        return fetched;
    }

    private static Future<Buffer> read(HttpClientResponse response) {
        if (response.statusCode() != 200) {
            return Future.failedFuture("HTTP status " + response.statusCode());
        }
        return SmallBody.read(response, MAX_BYTES);
    }

    /** The public keys among those that are listed. */
    private static List<JsonWebKey> parse(String text) {
        try {
            List<JsonWebKey> all = new JsonWebKeySet(text).getJsonWebKeys();
            List<JsonWebKey> usable =
                    all.stream().filter(PublicJsonWebKey.class::isInstance).toList();
            if (usable.isEmpty()) {
                throw new IllegalStateException("it contains no supported public key");
            }
            return usable;
        } catch (JoseException unreadable) {
            throw new IllegalStateException("not a JSON Web Key Set", unreadable);
        }
    }
}
