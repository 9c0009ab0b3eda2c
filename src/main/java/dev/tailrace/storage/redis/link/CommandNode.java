package dev.tailrace.storage.redis.link;

import dev.tailrace.storage.RingUnavailableException;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends calls to one master, pipelined on one connection, and at most as many at once as it answers in good time. All
 * state is touched on one event loop.
 *
 * <p>Redis answers in order, so any answer is progress for all calls. The connection is given up when calls are
 * unanswered and no answer came within the limit of a call, counting the time for which this event loop was running. So
 * it is not given up because a server is slow.
 */
final class CommandNode implements ReconnectingConnection.Owner {

    private static final Logger log = LoggerFactory.getLogger(CommandNode.class);

    /** The interval of pings on a connection without calls. */
    private static final long PING_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** The interval at which rights are checked again that were refused. */
    private static final long RIGHTS_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long TICK_MILLIS = 100;
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS);

    /** Everything in flight should be answered within this part of a call's limit. */
    private static final int GOAL_PART = 4;

    /**
     * The multiple of a call's limit for which it may wait to be sent, or be in flight where its size and the rate
     * explain that.
     */
    private static final int MOST_LIMITS = 4;

    private final Vertx vertx;
    private final RedisLimits limits;
    private final List<Script> scripts;
    private final ReconnectingConnection connection;
    private final Rights rights;
    private final Consumer<String> lostHandler;
    private final LoopTime time = new LoopTime(TICK_MILLIS);
    private final long goalNanos;

    private final ArrayDeque<InFlight> inFlight = new ArrayDeque<>();
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private CallWindow window;
    private long waitingBytes;
    private long progressAt; // loop time of the latest answer, or when a call was sent while none was in flight
    private long tickTimer = -1;
    private @Nullable Future<?> loading;
    private @Nullable Future<Boolean> askingRights;
    private long rightsAskedAt; // loop time

    /**
     * @param since {@link System#nanoTime} when it was sent
     * @param loopSince loop time when it was sent
     * @param answeredBefore see {@link CallWindow#onSend}
     */
    private record InFlight(Promise<Response> promise, long since, long loopSince, int bytes, long answeredBefore) {}

    /** @param since loop time */
    private record Waiting(Call call, Promise<Response> promise, long since) {}

    CommandNode(RedisClient client, RedisAddress address, Consumer<String> lostHandler) {
        this.vertx = client.vertx();
        this.scripts = client.scripts();
        this.limits = client.limits();
        this.rights = client.health().rights();
        this.lostHandler = lostHandler;
        this.goalNanos = limits.call().toNanos() / GOAL_PART;
        this.window = new CallWindow(goalNanos, limits.bytes());
        this.connection = new ReconnectingConnection(client, address, this);
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
        // A change of a ring that stops at a refused command would be half of a change.
        String refusal = call.channel() == null ? null : rights.refusal(address());
        if (refusal != null) {
            return Future.failedFuture(new RingUnavailableException(refusal));
        }
        String full = full(call);
        if (full != null) {
            return unavailable(full);
        }
        if (call.mayWait() && !(waiting.isEmpty() && hasRoom(call.bytes()))) {
            return enqueue(call);
        }
        return send(session, call);
    }

    private @Nullable String full(Call call) {
        if (inFlight.size() + waiting.size() >= limits.calls()) {
            return "has " + limits.calls() + " pending calls, no more are sent";
        }
        // One call alone is sent however large it is, or it never could be.
        if (window.inFlight() + waitingBytes + call.bytes() > limits.bytes() && !inFlight.isEmpty()) {
            return "has pending calls of " + limits.bytes() + " bytes, no more are sent";
        }
        return null;
    }

    private boolean hasRoom(int bytes) {
        InFlight oldest = inFlight.peekFirst();
        return window.inFlight() == 0
                || (window.hasRoom(bytes) && oldest != null && underWayNanos(oldest) <= goalNanos);
    }

    /** How long a call is with Redis, without the time for which this loop could not read the answer. */
    private long underWayNanos(InFlight one) {
        return Math.min(System.nanoTime() - one.since, time.nanos() - one.loopSince + TICK_NANOS);
    }

    private Future<Response> enqueue(Call call) {
        Waiting one = new Waiting(call, Promise.promise(), time.nanos());
        waiting.addLast(one);
        waitingBytes += call.bytes();
        return one.promise.future();
    }

    private void sendWaiting(RedisSession session) {
        while (!waiting.isEmpty() && hasRoom(waiting.element().call.bytes())) {
            Waiting next = removeWaiting();
            // a call that fails at once does not hold back those after it
            send(session, next.call).onComplete(next.promise);
        }
    }

    private Waiting removeWaiting() {
        Waiting next = waiting.removeFirst();
        waitingBytes -= next.call.bytes();
        return next;
    }

    /** Sends a call to a node that is about to take over its slot. ASKING permits only the next command. */
    Future<Response> sendAsking(Call call) {
        RedisSession session = connection.session();
        if (session == null) {
            return unavailable("is not connected");
        }
        String full = full(call);
        if (full != null) {
            return unavailable(full);
        }
        send(session, Request.cmd(Command.ASKING), 0).onFailure(cause -> {});
        return send(session, call);
    }

    private Future<Response> send(RedisSession session, Call call) {
        Request request;
        try {
            request = call.maker().request(session.server(), call.keys());
        } catch (RuntimeException cause) {
            return Future.failedFuture(cause);
        }
        return send(session, request, call.bytes());
    }

    private Future<Response> send(RedisSession session, Request request, int bytes) {
        if (inFlight.isEmpty()) {
            progressAt = time.nanos();
        }
        InFlight one = new InFlight(Promise.promise(), System.nanoTime(), time.nanos(), bytes, window.onSend(bytes));
        // Before it is sent, because the connection may break within the call, and then all that is in flight is
        // failed.
        inFlight.addLast(one);
        try {
            session.connection().send(request).onComplete(answer -> onAnswer(session, one, answer));
        } catch (RuntimeException thrown) {
            connection.lose("a call could not be sent: " + thrown);
        }
        return one.promise.future();
    }

    private void onAnswer(RedisSession session, InFlight one, AsyncResult<Response> answer) {
        if (session != connection.session()) {
            return; // already failed when its connection was lost
        }
        if (answer.failed() && RedisError.of(answer.cause()) == null) {
            connection.lose(String.valueOf(answer.cause().getMessage()));
            return;
        }
        progressAt = time.nanos();
        inFlight.removeFirst();
        window.onAnswer(one.bytes, one.answeredBefore, underWayNanos(one));
        sendWaiting(session);
        one.promise.handle(answer);
    }

    /** Loads the scripts again, once for all calls that found them missing. */
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
        return Future.join(scripts.stream()
                .map(script -> send(
                        session,
                        Request.cmd(Command.SCRIPT, "LOAD", script.source()),
                        script.source().length()))
                .toList());
    }

    /**
     * Checks which commands this user may run. Refused ones are logged, and keep the broker from being ready.
     *
     * @return whether it may run all; fails when the server did not answer
     */
    Future<Boolean> askRights() {
        RedisSession session = connection.session();
        if (session == null) {
            return unavailable("is not connected").mapEmpty();
        }
        if (askingRights != null) {
            return askingRights;
        }
        rightsAskedAt = time.nanos();
        boolean isCluster = session.server().mode() == RedisUri.Mode.CLUSTER;
        Future<Boolean> asking = send(session, Request.cmd(Command.SCRIPT, "LOAD", Rights.SCRIPT.source()), 0)
                .compose(loaded -> send(
                        session,
                        Request.cmd(Command.EVALSHA, Rights.SCRIPT.sha1(), 0, isCluster ? "CLUSTER" : "ALONE"),
                        0))
                .map(refused -> refused.stream().map(Response::toString).toList())
                .recover(CommandNode::refusedCommand)
                .map(refused -> {
                    rights.found(address(), refused);
                    return refused.isEmpty();
                });
        askingRights = asking;
        return asking.onComplete(done -> askingRights = null);
    }

    /** The right that the check itself needs. */
    private static Future<List<String>> refusedCommand(Throwable cause) {
        RedisError error = RedisError.of(cause);
        String command = error == null || !error.isLackOfRights() ? null : Rights.commandIn(error);
        return command == null ? Future.failedFuture(cause) : Future.succeededFuture(List.of(command));
    }

    @Override
    public void opened(RedisSession session) {
        time.tick();
        progressAt = time.nanos();
        // Not awaited, because what is sent after it is executed after it. Its answers are the first that are measured.
        load(session).onFailure(cause -> {});
        askRights().onFailure(cause -> log.debug("Cannot query the permissions at Redis at {}", address(), cause));
        tickTimer = vertx.setPeriodic(TICK_MILLIS, timer -> tick());
    }

    private void tick() {
        time.tick();
        InFlight oldest = inFlight.peekFirst();
        long silence = time.nanos() - progressAt;
        if (oldest != null && silence > patienceNanos(oldest)) {
            connection.lose("no response within " + TimeUnit.NANOSECONDS.toMillis(patienceNanos(oldest)) + " ms");
            return;
        }
        RedisSession session = connection.session();
        if (session != null && oldest == null && silence > PING_NANOS) {
            send(session, Request.cmd(Command.PING), 0).onFailure(cause -> {});
        }
        if (rights.refusal(address()) != null && time.nanos() - rightsAskedAt > RIGHTS_NANOS) {
            askRights().onFailure(cause -> log.debug("Cannot query the permissions at Redis at {}", address(), cause));
        }
        giveUpWaiting();
    }

    /** Longer than the limit only for a call so large that its answer cannot come sooner at the measured rate. */
    private long patienceNanos(InFlight oldest) {
        long limit = limits.call().toNanos();
        return Math.min(MOST_LIMITS * limit, Math.max(limit, 2 * window.expectedNanos(oldest.bytes)));
    }

    /** Calls that were not sent were not executed either, so nothing is wrong with the connection. */
    private void giveUpWaiting() {
        long limit = MOST_LIMITS * limits.call().toNanos();
        while (!waiting.isEmpty() && time.nanos() - waiting.element().since > limit) {
            removeWaiting()
                    .promise
                    .fail(new RingUnavailableException("Redis at " + address() + " is too slow: not sent within "
                            + TimeUnit.NANOSECONDS.toMillis(limit) + " ms"));
        }
    }

    @Override
    public void lost(String reason) {
        vertx.cancelTimer(tickTimer);
        loading = null;
        askingRights = null;
        window = new CallWindow(goalNanos, limits.bytes());
        waitingBytes = 0;
        RuntimeException failure = gone(reason);
        InFlight one;
        while ((one = inFlight.pollFirst()) != null) {
            one.promise.fail(failure);
        }
        Waiting next;
        while ((next = waiting.pollFirst()) != null) {
            next.promise.fail(failure);
        }
        lostHandler.accept(reason);
    }

    @Override
    public void pushed(Response message) {
        // Nothing is subscribed to on this connection.
    }

    /** Gives the connection up, for a reason that its server reported. */
    void lose(String reason) {
        connection.lose(reason);
    }

    void close() {
        rights.forget(address());
        connection.close();
    }

    private RingUnavailableException gone(String reason) {
        return new RingUnavailableException("Redis at " + address() + " is lost: " + reason);
    }

    private Future<Response> unavailable(String what) {
        return Future.failedFuture(new RingUnavailableException("Redis at " + address() + " " + what));
    }
}
