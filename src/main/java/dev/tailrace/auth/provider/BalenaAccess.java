package dev.tailrace.auth.provider;

import dev.tailrace.auth.RecentMap;
import dev.tailrace.http.Problem;
import dev.tailrace.model.DeviceId;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks balena's API whether the bearer of a token has a permission over a device, and caches the answers. While the API is unavailable,
 * actions that were allowed lastGood remain allowed. Used on one event loop.
 */
public final class BalenaAccess {

    private static final Logger log = LoggerFactory.getLogger(BalenaAccess.class);

    private static final long TIMEOUT_MILLIS = 5000;
    private static final int MAX_BYTES = 64 * 1024;

    /** Concurrent requests to the API, from each of the two queues. */
    public static final int AT_A_TIME = 12;

    /** Requests that wait in each of the two queues; limited, because a stranger can invent any number of tokens. */
    public static final int MAX_WAITING = 128;

    /** In place of a device, if the question is about the token itself. */
    private static final String ITSELF = "whoami";

    /** Cached answers of each kind; strangers add refusals only, and so displace nothing that was allowed. */
    private static final int MAX_REMEMBERED = 10_000;

    private final HttpClient client;
    private final URI api;
    private final Times times;
    private final Map<Question, Answer> allowed = new RecentMap<>(MAX_REMEMBERED);
    private final Map<Question, Answer> refused = new RecentMap<>(MAX_REMEMBERED);
    private final Map<Question, Future<Boolean>> asking = new HashMap<>();

    /** Requests for tokens that were valid before, fairly by token; never delayed by strangers. */
    private final FairQueue<Boolean> known = new FairQueue<>(AT_A_TIME, MAX_WAITING);

    /** Requests for all other tokens, fairly by address. */
    private final FairQueue<Boolean> strangers = new FairQueue<>(AT_A_TIME, MAX_WAITING);

    /** Hashes of tokens that were allowed something, and when they last were. */
    private final Map<String, Long> good = new RecentMap<>(MAX_REMEMBERED);

    private final OutageLog outages = new OutageLog(log, "balena API unavailable: {}", "balena API available again");

    /**
     * How long answers are used, in nanoseconds.
     *
     * @param allowed a positive answer
     * @param refused a negative answer
     * @param stale a positive answer, while the API is unavailable
     * @param pause between requests for the same permission that the API did not answer
     */
    public record Times(long allowed, long refused, long stale, long pause) {
        public static final Times USUAL = new Times(
                TimeUnit.MINUTES.toNanos(5),
                TimeUnit.MINUTES.toNanos(1),
                TimeUnit.HOURS.toNanos(1),
                TimeUnit.SECONDS.toNanos(10));
    }

    /** @param api the base URL of the API, such as {@code https://api.balena-cloud.com} */
    public BalenaAccess(Vertx vertx, URI api) {
        this(vertx, api, Times.USUAL);
    }

    public BalenaAccess(Vertx vertx, URI api, Times times) {
        this.api = api;
        this.times = times;
        this.client = vertx.createHttpClient(
                new HttpClientOptions().setConnectTimeout((int) TIMEOUT_MILLIS).setVerifyHost(true),
                new PoolOptions().setHttp1MaxSize(2 * AT_A_TIME));
    }

    /**
     * Asks for a permission over a device; fails with a {@link Problem} when the API is unavailable and no answer is cached.
     *
     * @param token with its hash, and the address of its bearer
     */
    public Future<Boolean> ask(Shown token, DeviceId device, String action) {
        return ask(token, new Question(token.hash, device.value(), action));
    }

    /** Asks whether the token is valid at all; fails in the same way. */
    Future<Boolean> isKnown(Shown token) {
        return ask(token, new Question(token.hash, ITSELF, ""));
    }

    private Future<Boolean> ask(Shown token, Question question) {
        long now = System.nanoTime();
        Answer yes = allowed.get(question);
        if (yes != null && yes.isGood(now, times.allowed)) {
            return Future.succeededFuture(true);
        }
        Answer no = refused.get(question);
        if (no != null && no.isGood(now, times.refused)) {
            return Future.succeededFuture(false);
        }
        Future<Boolean> asked = asking.get(question);
        return asked == null ? answer(question, yes, token) : asked;
    }

    private Future<Boolean> answer(Question question, @Nullable Answer before, Shown token) {
        Long lastGood = good.get(token.hash);
        boolean isStranger = lastGood == null || System.nanoTime() - lastGood > times.stale;
        long since = System.nanoTime();
        Future<Boolean> answer = (isStranger ? strangers : known)
                .submit(isStranger ? token.address : token.hash, () -> sendInTime(question, token, since))
                .map(may -> remember(question, may))
                .recover(cause -> withoutAnswer(question, before, cause));
        if (!answer.isComplete()) {
            asking.put(question, answer);
            answer.onComplete(done -> asking.remove(question));
        }
        return answer;
    }

    /** A request that waited for too long is not sent: its sender has left or retries. */
    private Future<Boolean> sendInTime(Question question, Shown token, long since) {
        return System.nanoTime() - since > TimeUnit.MILLISECONDS.toNanos(TIMEOUT_MILLIS)
                ? Future.failedFuture(new FairQueue.FullException())
                : send(question, token.text);
    }

    private boolean remember(Question question, boolean may) {
        var answer = new Answer(System.nanoTime(), Long.MIN_VALUE);
        (may ? allowed : refused).put(question, answer);
        (may ? refused : allowed).remove(question);
        if (may) {
            good.put(question.hash, answer.at);
        }
        outages.report(null);
        return may;
    }

    private Future<Boolean> withoutAnswer(Question question, @Nullable Answer before, Throwable cause) {
        boolean isFull = cause instanceof FairQueue.FullException;
        if (!isFull) {
            outages.report(cause.getClass().getSimpleName());
        }
        long now = System.nanoTime();
        if (before == null || now - before.at > times.stale) {
            return Future.failedFuture(notNow(
                    isFull
                            ? "too many requests to the balena API are pending; retry shortly"
                            : "the balena API does not respond, so permissions cannot be checked; retry shortly"));
        }
        allowed.put(question, new Answer(before.at, now + times.pause));
        return Future.succeededFuture(true);
    }

    private static Problem notNow(String detail) {
        return new Problem(503, "balena-away", "balena API unavailable", detail);
    }

    // ---- on the wire

    private Future<Boolean> send(Question question, String token) {
        boolean isAboutItself = question.device.equals(ITSELF) && question.action.isEmpty();
        RequestOptions request = isAboutItself
                ? request(HttpMethod.GET, "/actor/v1/whoami", token)
                : request(HttpMethod.POST, "/v7/device(uuid=@uuid)/canAccess?@uuid='" + question.device + "'", token);
        String body = isAboutItself
                ? ""
                : new JsonObject().put("action", question.action).encode();
        return client.request(request)
                .compose(sending -> (isAboutItself ? sending.send() : sending.send(body))
                        .compose(response -> read(response, isAboutItself))
                        .timeout(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
                        .onFailure(cause -> sending.reset()));
    }

    private RequestOptions request(HttpMethod method, String path, String token) {
        boolean secure = api.getScheme().equals("https");
        String base = api.getRawPath().replaceAll("/+$", "");
        return new RequestOptions()
                .setMethod(method)
                .setSsl(secure)
                .setHost(api.getHost())
                .setPort(api.getPort() >= 0 ? api.getPort() : secure ? 443 : 80)
                .setURI(base + path)
                .setTimeout(TIMEOUT_MILLIS)
                .putHeader("Content-Type", "application/json")
                .putHeader("Accept", "application/json")
                .putHeader("Authorization", "Bearer " + token);
    }

    private static Future<Boolean> read(HttpClientResponse response, boolean isAnyBodyGood) {
        int status = response.statusCode();
        return SmallBody.read(response, MAX_BYTES).map(body -> switch (status) {
            case 200 -> isAnyBodyGood || isAny(body.toString());
            case 401, 403, 404 -> false;
            default -> throw new IllegalStateException("HTTP status " + status);
        });
    }

    private static boolean isAny(String body) {
        try {
            return !new JsonObject(body).getJsonArray("d").isEmpty();
        } catch (DecodeException | ClassCastException | NullPointerException unreadable) {
            throw new IllegalStateException("unexpected response", unreadable);
        }
    }

    // ---- cache

    /** @param device {@link #ITSELF}, with an empty action, if the question is about the token itself */
    private record Question(String hash, String device, String action) {}

    /**
     * A token of a request.
     *
     * @param hash names the token
     * @param address of the peer
     */
    public record Shown(String text, String hash, String address) {
        /** Without the secret. */
        @Override
        public String toString() {
            return hash;
        }
    }

    /**
     * An answer of the API.
     *
     * @param at when it was given
     * @param pausedUntil until when the API is not asked again because it was unavailable; {@link Long#MIN_VALUE}: no pause
     */
    private record Answer(long at, long pausedUntil) {
        boolean isGood(long now, long nanos) {
            return now - at < nanos || (pausedUntil != Long.MIN_VALUE && now - pausedUntil < 0);
        }
    }
}
