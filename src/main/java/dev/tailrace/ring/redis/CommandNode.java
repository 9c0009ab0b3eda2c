package dev.tailrace.ring.redis;

import dev.tailrace.ring.RingUnavailableException;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Sends calls to one master, pipelined on one connection. All state is touched on one event loop. */
final class CommandNode implements KeptConnection.Owner {

    /** A connection without calls is asked so often whether it is alive. */
    private static final long PING_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long TICK_MILLIS = 100;

    private final Vertx vertx;
    private final RedisLimits limits;
    private final KeptConnection connection;
    private final Consumer<String> lostHandler;

    // Redis answers in order, so the oldest call tells whether the connection is alive, and one timer watches over all.
    private final ArrayDeque<InFlight> inFlight = new ArrayDeque<>();
    private long bytesInFlight;
    private long lastAnswer;
    private long tickTimer = -1;
    private @Nullable Future<?> loading;

    private record InFlight(Promise<Response> promise, long since, int bytes) {}

    CommandNode(
            Vertx vertx,
            RedisConnector connector,
            RedisAddress address,
            RedisLimits limits,
            Reachability reachability,
            Consumer<String> lostHandler) {
        this.vertx = vertx;
        this.limits = limits;
        this.lostHandler = lostHandler;
        this.connection = new KeptConnection(vertx, connector, address, reachability, this);
    }

    Future<Void> start() {
        return connection.start();
    }

    RedisAddress address() {
        return connection.address();
    }

    boolean isConnected() {
        return connection.session() != null;
    }

    /** The answer, an error that Redis answered with, or a {@link RingUnavailableException}. */
    Future<Response> send(Call call) {
        RedisSession session = connection.session();
        if (session == null) {
            return unavailable("is not connected");
        }
        if (inFlight.size() >= limits.calls()) {
            return unavailable("has " + limits.calls() + " calls to answer, no more are sent");
        }
        // One call alone is sent however large it is, or it could never be.
        if (bytesInFlight + call.bytes() > limits.bytes() && !inFlight.isEmpty()) {
            return unavailable("has calls of " + limits.bytes() + " bytes to answer, no more are sent");
        }
        Request request;
        try {
            request = call.maker().request(session.server(), call.keys());
        } catch (RuntimeException cause) {
            return Future.failedFuture(cause);
        }
        return send(session, request, call.bytes());
    }

    /** Sends a call to a node that is about to take its slot over; only the next command may enter there. */
    Future<Response> sendAsking(Call call) {
        RedisSession session = connection.session();
        if (session == null) {
            return unavailable("is not connected");
        }
        send(session, Request.cmd(Command.ASKING), 0).onFailure(cause -> {});
        return send(call);
    }

    private Future<Response> send(RedisSession session, Request request, int bytes) {
        InFlight one = new InFlight(Promise.promise(), System.nanoTime(), bytes);
        Future<Response> sent;
        try {
            sent = session.connection().send(request);
        } catch (RuntimeException cause) {
            return Future.failedFuture(cause);
        }
        inFlight.addLast(one);
        bytesInFlight += bytes;
        sent.onComplete(answer -> onAnswer(session, one, answer));
        return one.promise.future();
    }

    private void onAnswer(RedisSession session, InFlight one, AsyncResult<Response> answer) {
        if (session != connection.session()) {
            return; // failed already, when its connection was lost
        }
        if (answer.failed() && RedisError.of(answer.cause()) == null) {
            connection.lose(String.valueOf(answer.cause().getMessage()));
            return;
        }
        lastAnswer = System.nanoTime();
        inFlight.removeFirst();
        bytesInFlight -= one.bytes;
        one.promise.handle(answer);
    }

    /** Loads the scripts again, once however many calls found them missing. */
    Future<?> loadScripts() {
        RedisSession session = connection.session();
        if (session == null) {
            return unavailable("is not connected");
        }
        if (loading == null) {
            Future<?> all = load(session);
            loading = all;
            all.onComplete(done -> loading = null);
        }
        return loading == null ? Future.succeededFuture() : loading;
    }

    private Future<?> load(RedisSession session) {
        return Future.join(Scripts.ALL.stream()
                .map(script -> send(session, Request.cmd(Command.SCRIPT, "LOAD", script.source()), 0))
                .toList());
    }

    @Override
    public void opened(RedisSession session) {
        lastAnswer = System.nanoTime();
        // Not awaited: what is sent after it is executed after it.
        load(session).onFailure(cause -> {});
        tickTimer = vertx.setPeriodic(TICK_MILLIS, timer -> tick());
    }

    private void tick() {
        long now = System.nanoTime();
        InFlight oldest = inFlight.peekFirst();
        if (oldest != null && now - oldest.since > limits.call().toNanos()) {
            connection.lose("no answer within " + limits.call().toMillis() + " ms");
            return;
        }
        RedisSession session = connection.session();
        if (session != null && oldest == null && now - lastAnswer > PING_NANOS) {
            send(session, Request.cmd(Command.PING), 0).onFailure(cause -> {});
        }
    }

    @Override
    public void lost(String reason) {
        vertx.cancelTimer(tickTimer);
        loading = null;
        bytesInFlight = 0;
        RuntimeException failure = gone(reason);
        InFlight one;
        while ((one = inFlight.pollFirst()) != null) {
            one.promise.fail(failure);
        }
        lostHandler.accept(reason);
    }

    @Override
    public void pushed(Response message) {
        // Nothing is subscribed to on this connection.
    }

    /** Gives the connection up, for a reason that its server told. */
    void lose(String reason) {
        connection.lose(reason);
    }

    void close() {
        connection.close();
    }

    private RingUnavailableException gone(String reason) {
        return new RingUnavailableException("Redis at " + address() + " is lost: " + reason);
    }

    private Future<Response> unavailable(String what) {
        return Future.failedFuture(new RingUnavailableException("Redis at " + address() + " " + what));
    }
}
