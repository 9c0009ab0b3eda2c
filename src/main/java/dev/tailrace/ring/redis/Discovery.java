package dev.tailrace.ring.redis;

import dev.tailrace.ring.RingUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds the masters behind a URL. Used on one event loop. */
final class Discovery {

    private final RedisConnector connector;
    private final RedisUri uri;

    /** What answered, once something did; from then on the way to ask is settled. */
    private RedisUri.@Nullable Mode mode;

    Discovery(RedisConnector connector, RedisUri uri) {
        this.connector = connector;
        this.uri = uri;
        this.mode = uri.mode();
    }

    /** Whether the masters may change. Not with one server alone: there is nobody else to ask. */
    boolean mayChange() {
        return mode == null || mode != RedisUri.Mode.STANDALONE || uri.hosts().size() > 1;
    }

    /** Whether one call may carry keys of several slots, as far as is known yet. */
    boolean takesManySlots() {
        return mode != null && mode != RedisUri.Mode.CLUSTER;
    }

    /**
     * Asks all at once and takes the first answer: a dead host must not hold up what the others know. An answer may be
     * outdated; whoever cannot reach the master that it names asks again.
     *
     * @param known masters known so far; in a cluster these can be asked too
     */
    Future<Topology> find(Set<RedisAddress> known) {
        Set<RedisAddress> hosts = new LinkedHashSet<>(uri.hosts());
        if (mode == RedisUri.Mode.CLUSTER) {
            hosts.addAll(known);
        }
        Race race = new Race(hosts.size());
        hosts.forEach(host -> ask(host).onComplete(answer -> race.add(answer.result(), answer.cause())));
        return race.first.future();
    }

    /** The first answer, or when there is none the most telling failure. */
    private static final class Race {
        final Promise<Topology> first = Promise.promise();
        private int running;
        private @Nullable Throwable failure;

        Race(int running) {
            this.running = running;
        }

        void add(@Nullable Topology answer, @Nullable Throwable cause) {
            running--;
            if (answer != null) {
                first.tryComplete(answer);
                return;
            }
            if (failure == null || cause instanceof RedisRefusedException) {
                failure = cause;
            }
            if (running == 0 && failure != null) {
                first.tryFail(failure);
            }
        }
    }

    private Future<Topology> ask(RedisAddress host) {
        boolean sentinel = mode == RedisUri.Mode.SENTINEL || (mode == null && uri.expectsSentinels());
        return connector.open(host, sentinel).compose(session -> {
            Promise<Topology> answer = Promise.promise();
            session.onBroken(reason -> answer.tryFail(
                    new RingUnavailableException("Redis at " + host + " was lost while it was asked: " + reason)));
            ask(session).onComplete(asked -> {
                if (asked.succeeded()) {
                    answer.tryComplete(asked.result());
                } else {
                    answer.tryFail(asked.cause());
                }
            });
            return answer.future().eventually(() -> {
                session.close();
                return Future.succeededFuture();
            });
        });
    }

    private Future<Topology> ask(RedisSession session) {
        Server server = session.server();
        if (mode != null && mode != server.mode()) {
            return refused(server.address() + " is no " + mode + " server but a " + server.mode() + " one");
        }
        if (server.mode() == RedisUri.Mode.CLUSTER && uri.database() != 0) {
            return refused(server.address() + " is a cluster, which has no database but 0");
        }
        mode = server.mode();
        return switch (server.mode()) {
            case STANDALONE -> askStandalone(server);
            case SENTINEL -> askSentinel(session);
            case CLUSTER -> askCluster(session);
        };
    }

    private static Future<Topology> askStandalone(Server server) {
        return server.master()
                ? Future.succeededFuture(Topology.single(server.address()))
                : unavailable("Redis at " + server.address() + " is a replica and takes no writes");
    }

    private static Future<Topology> askCluster(RedisSession session) {
        RedisAddress asked = session.server().address();
        return session.connection().send(Request.cmd(Command.CLUSTER, "SLOTS")).compose(slots -> {
            Topology topology = Topology.ofSlots(slots, asked);
            return topology.isEmpty()
                    ? unavailable("Redis at " + asked + " knows no node that serves slots")
                    : Future.succeededFuture(topology);
        });
    }

    private Future<Topology> askSentinel(RedisSession session) {
        RedisAddress asked = session.server().address();
        return masterName(session)
                .compose(name -> session.connection()
                        .send(Request.cmd(Command.SENTINEL, "get-master-addr-by-name", name))
                        .compose(address -> address == null
                                ? refused("the sentinel at " + asked + " knows no master " + name)
                                : Future.succeededFuture(Topology.single(new RedisAddress(
                                        address.get(0).toString(),
                                        address.get(1).toInteger())))));
    }

    private Future<String> masterName(RedisSession session) {
        if (uri.master() != null) {
            return Future.succeededFuture(uri.master());
        }
        return session.connection()
                .send(Request.cmd(Command.SENTINEL, "masters"))
                .compose(masters -> masters.size() == 1
                        ? Future.succeededFuture(name(masters.get(0)))
                        : refused("the sentinel at " + session.server().address() + " watches " + masters.size()
                                + " masters; name one with ?master="));
    }

    /** A map in RESP3, pairs in one list in RESP2. */
    private static String name(Response master) {
        return master.isMap() ? master.get("name").toString() : master.get(1).toString();
    }

    private static <T> Future<T> refused(String message) {
        return Future.failedFuture(new RedisRefusedException("Redis: " + message));
    }

    private static <T> Future<T> unavailable(String message) {
        return Future.failedFuture(new RingUnavailableException(message));
    }
}
