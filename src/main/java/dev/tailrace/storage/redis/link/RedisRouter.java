package dev.tailrace.storage.redis.link;

import dev.tailrace.storage.RingUnavailableException;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends each call to the master that has its slot, and follows the masters when they change. All state is touched on
 * one event loop. A call that finds no connection fails at once: whether and how long to wait is for the sender to
 * decide.
 */
public final class RedisRouter {

    private static final Logger log = LoggerFactory.getLogger(RedisRouter.class);

    /** How often one call is repeated because a server demanded it (it was not executed, so this is safe). */
    private static final int MAX_TRIES = 5;

    /**
     * A call is repeated after this time when one of its keys has left the node and another one has not; that takes a
     * moment.
     */
    private static final long SPLIT_KEYS_MILLIS = 50;

    /** Published to watchers by another node than the one where something was changed: they read the state again. */
    public static final String CHANGED_ELSEWHERE = "R";

    /** Masters are looked up so often even without trouble: a master can be replaced without breaking a connection. */
    private static final long REFRESH_MILLIS = 10_000;

    /**
     * The interval for a while after trouble: the first server to answer may be a former master that still believes it
     * is one, and a connection that only listens would not notice.
     */
    private static final long WARY_REFRESH_MILLIS = 1000;

    private static final long WARY_NANOS = TimeUnit.SECONDS.toNanos(15);

    private final RedisClient client;
    private final Vertx vertx;
    private final Discovery discovery;
    private final RedisHealth health;
    private final Runnable topologyHandler;
    private final ErrorPolicy errors = new ErrorPolicy(this::refresh);
    private final Backoff backoff = new Backoff();
    private final Map<RedisAddress, CommandNode> nodes = new HashMap<>();

    private Topology topology = Topology.NONE;
    private boolean refreshing;
    private boolean refreshAgain;
    private boolean missing;
    private long refreshTimer = -1;
    private long troubledAt = System.nanoTime() - WARY_NANOS;
    private boolean closed;

    /** @param topologyHandler called when the masters, or their slots, may have changed */
    RedisRouter(RedisClient client, Runnable topologyHandler) {
        this.client = client;
        this.vertx = client.vertx();
        this.discovery = client.discovery();
        this.health = client.health();
        this.topologyHandler = topologyHandler;
    }

    /**
     * Finds the masters and connects to each once. A Redis that cannot be reached is not a failure, because it may
     * become available. A Redis that refuses this broker is.
     */
    public Future<Void> start() {
        return discovery.find(false).transform(found -> {
            if (found.failed() && found.cause() instanceof RedisRefusedException) {
                close();
                return Future.failedFuture(found.cause());
            }
            if (closed) {
                return Future.failedFuture(new RingUnavailableException("the connection to Redis was closed"));
            }
            if (found.failed()) {
                miss(found.cause());
                refreshLater();
                return Future.succeededFuture();
            }
            return apply(found.result()).onComplete(tried -> refreshLater());
        });
    }

    public Topology topology() {
        return topology;
    }

    /** Whether one call may carry keys of several slots, as far as is known yet. */
    public boolean takesManySlots() {
        return discovery.takesManySlots();
    }

    /** The answer, a {@link RingUnavailableException}, or a {@link RedisRefusedException}. */
    public Future<Response> call(Call call) {
        Promise<Response> promise = Promise.promise();
        attempt(call, promise, MAX_TRIES);
        return promise.future();
    }

    private void attempt(Call call, Promise<Response> promise, int tries) {
        RedisAddress master = topology.master(call.slot());
        CommandNode node = master == null ? null : nodes.get(master);
        if (node == null) {
            promise.fail(new RingUnavailableException("no Redis is known yet for the slot of this device"));
            return;
        }
        send(node.send(call), node, call, promise, tries);
    }

    private void send(Future<Response> sent, CommandNode node, Call call, Promise<Response> promise, int tries) {
        sent.onComplete(answer -> {
            RedisError error = errorOf(answer);
            if (error == null) {
                promise.handle(answer);
            } else {
                onError(error, node, call, promise, tries - 1);
            }
        });
    }

    private static @Nullable RedisError errorOf(AsyncResult<Response> answer) {
        return answer.succeeded() ? null : RedisError.of(answer.cause());
    }

    /** The outcome of the call when handling its error throws; otherwise it would have none. */
    private void onError(RedisError error, CommandNode node, Call call, Promise<Response> promise, int tries) {
        try {
            followError(error, node, call, promise, tries);
        } catch (RuntimeException thrown) {
            log.error("Cannot handle the response of Redis at {}: {}", node.address(), error.message(), thrown);
            promise.tryFail(thrown);
        }
    }

    private void followError(RedisError error, CommandNode node, Call call, Promise<Response> promise, int tries) {
        String code = error.code();
        if (tries > 0 && code.equals("NOSCRIPT")) {
            node.loadScripts().onComplete(loaded -> attempt(call, promise, tries));
        } else if (tries > 0 && code.equals("MOVED")) {
            move(call.slot(), error.target(node.address()));
            attempt(call, promise, tries);
        } else if (tries > 0 && code.equals("ASK")) {
            ask(node, node(error.target(node.address())), call, promise, tries);
        } else if (tries > 0 && code.equals("TRYAGAIN")) {
            vertx.setTimer(SPLIT_KEYS_MILLIS, timer -> attempt(call, promise, tries));
        } else {
            promise.fail(errors.failure(node, call.what(), error));
        }
    }

    /**
     * Sends a call to the target node of its slot. The source node has none of its keys: they have left, or do not
     * exist.
     */
    private void ask(CommandNode source, CommandNode target, Call call, Promise<Response> promise, int tries) {
        target.sendAsking(call).onComplete(answer -> {
            RedisError error = errorOf(answer);
            Call oneKey = call.namingOneKey();
            if (error != null && tries > 0 && oneKey != null && error.code().equals("TRYAGAIN")) {
                // The key that the target lacks does not exist anywhere.
                ask(source, target, oneKey, promise, tries - 1);
            } else if (error != null) {
                onError(error, target, call, promise, tries - 1);
            } else {
                announce(source, call);
                promise.handle(answer);
            }
        });
    }

    /**
     * Subscribers are connected to the source until the slot is handed over, and do not receive what the target
     * publishes.
     */
    private void announce(CommandNode source, Call call) {
        String channel = call.channel();
        if (channel != null) {
            Call announcement = new Call(
                    "announce", call.slot(), 0, server -> Request.cmd(Command.SPUBLISH, channel, CHANGED_ELSEWHERE));
            source.send(announcement).onFailure(cause -> log.debug("Cannot announce {}", call.what(), cause));
        }
    }

    /** What an error means for a part of a call whose other parts may have succeeded. */
    public RuntimeException failure(int slot, String what, RedisError error) {
        RedisAddress master = topology.master(slot);
        CommandNode node = master == null ? null : nodes.get(master);
        return node == null
                ? new RingUnavailableException("Redis cannot " + what + ": " + error.message())
                : errors.failure(node, what, error);
    }

    /** Something was stored that could not be announced: checks whether the right to publish is missing. */
    public void unannounced(int slot) {
        RedisAddress master = topology.master(slot);
        CommandNode node = master == null ? null : nodes.get(master);
        if (node != null) {
            node.askRights().onFailure(cause -> log.debug("Redis at {}", node.address(), cause));
        }
    }

    /** Accepts what one server reported about one slot, and looks up the others. */
    private void move(int slot, RedisAddress master) {
        node(master);
        topology = topology.with(slot, master);
        refresh();
        topologyHandler.run();
    }

    private CommandNode node(RedisAddress address) {
        CommandNode known = nodes.get(address);
        if (known != null) {
            return known;
        }
        CommandNode node = newNode(address);
        node.start().onFailure(cause -> log.debug("Redis at {}", address, cause));
        return node;
    }

    private CommandNode newNode(RedisAddress address) {
        CommandNode node = new CommandNode(client, address, reason -> refresh());
        nodes.put(address, node);
        return node;
    }

    /** There is trouble: finds the masters again, now, and more often for a while. */
    public void refresh() {
        troubledAt = System.nanoTime();
        find(true);
    }

    private void find(boolean anew) {
        if (isSettled()) {
            return;
        }
        if (refreshing) {
            refreshAgain = true;
            return;
        }
        refreshing = true;
        refreshAgain = false;
        vertx.cancelTimer(refreshTimer);
        discovery.find(anew).onComplete(found -> {
            refreshing = false;
            if (closed) {
                return;
            }
            try {
                if (found.succeeded()) {
                    apply(found.result()).onFailure(cause -> log.debug("Redis", cause));
                } else {
                    miss(found.cause());
                }
            } finally {
                refreshLater(); // or the masters would never be looked up again
            }
        });
    }

    private boolean isSettled() {
        return closed || (!topology.isEmpty() && !discovery.mayChange());
    }

    /** Soon while there is trouble, otherwise after the usual interval. */
    private void refreshLater() {
        if (isSettled()) {
            return;
        }
        boolean well =
                !refreshAgain && !topology.isEmpty() && nodes.values().stream().allMatch(CommandNode::isConnected);
        if (well) {
            backoff.reset();
        }
        vertx.cancelTimer(refreshTimer);
        boolean wary = System.nanoTime() - troubledAt < WARY_NANOS;
        long usual = wary ? WARY_REFRESH_MILLIS : REFRESH_MILLIS;
        refreshTimer = vertx.setTimer(well ? usual : backoff.nextMillis(), timer -> find(wary || !well));
    }

    private void miss(Throwable cause) {
        if (!missing) {
            missing = true;
            health.missing();
        }
        health.because(String.valueOf(cause.getMessage()));
    }

    private Future<Void> apply(Topology found) {
        topology = found;
        if (missing) {
            missing = false;
            health.settled();
        }
        Set<RedisAddress> masters = found.masters();
        List<CommandNode> former = nodes.values().stream()
                .filter(node -> !masters.contains(node.address()))
                .toList();
        former.forEach(node -> nodes.remove(node.address()));
        List<Future<Void>> started = masters.stream()
                .filter(master -> !nodes.containsKey(master))
                .map(master -> newNode(master).start())
                .toList();
        former.forEach(CommandNode::close);
        topologyHandler.run();
        return Future.join(started).mapEmpty();
    }

    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        vertx.cancelTimer(refreshTimer);
        if (missing) {
            missing = false;
            health.settled();
        }
        List.copyOf(nodes.values()).forEach(CommandNode::close);
        nodes.clear();
    }

    /** Whether the master of a slot is connected. */
    public boolean isConnected(int slot) {
        RedisAddress master = topology.master(slot);
        @Nullable CommandNode node = master == null ? null : nodes.get(master);
        return node != null && node.isConnected();
    }
}
