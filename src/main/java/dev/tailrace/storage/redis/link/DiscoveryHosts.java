package dev.tailrace.storage.redis.link;

import dev.tailrace.storage.RingUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Asks single hosts which masters there are. Connections are kept until they break. Used on one event loop. */
final class DiscoveryHosts {

    private final RedisConnector connector;
    private final RedisUri uri;
    private final Map<RedisAddress, RedisSession> sessions = new HashMap<>();
    private boolean closed;

    /** The mode of the first host that answered; from then on it is settled. Read by all threads. */
    private volatile RedisUri.@Nullable Mode mode;

    DiscoveryHosts(RedisConnector connector, RedisUri uri) {
        this.connector = connector;
        this.uri = uri;
        this.mode = uri.mode();
    }

    RedisUri.@Nullable Mode mode() {
        return mode;
    }

    /** The answer, a {@link RedisRefusedException} or a {@link RingUnavailableException}. */
    Future<Topology> ask(RedisAddress host) {
        RedisSession kept = sessions.get(host);
        if (kept != null) {
            return ask(host, kept, kept.askAgain());
        }
        boolean sentinel = mode == RedisUri.Mode.SENTINEL || (mode == null && uri.expectsSentinels());
        return connector.open(host, sentinel).compose(session -> {
            keep(host, session);
            return ask(host, session, Future.succeededFuture(session.server()));
        });
    }

    private void keep(RedisAddress host, RedisSession session) {
        RedisSession former = sessions.put(host, session);
        if (former != null) {
            former.close();
        }
    }

    private Future<Topology> ask(RedisAddress host, RedisSession session, Future<Server> server) {
        Promise<Topology> answer = Promise.promise();
        session.onBroken(reason -> {
            sessions.remove(host, session);
            answer.tryFail(new RingUnavailableException("Redis at " + host + " was lost during a query: " + reason));
        });
        long within = connector.limit().millis();
        server.compose(now -> ask(session, now))
                .timeout(within, TimeUnit.MILLISECONDS)
                .onSuccess(answer::tryComplete)
                .onFailure(cause -> {
                    if (cause instanceof TimeoutException) {
                        connector.limit().exceeded(within);
                    }
                    answer.tryFail(cause);
                    drop(host, session);
                });
        if (closed) {
            drop(host, session);
        }
        return answer.future();
    }

    private void drop(RedisAddress host, RedisSession session) {
        sessions.remove(host, session);
        session.close();
    }

    private Future<Topology> ask(RedisSession session, Server server) {
        if (mode != null && mode != server.mode()) {
            return refused(server.address() + " is a " + server.mode() + " server, not a " + mode + " server");
        }
        if (server.mode() == RedisUri.Mode.CLUSTER && uri.database() != 0) {
            return refused(server.address() + " is a cluster, which only has database 0");
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
                ? Future.succeededFuture(Topology.single(server.address(), 0))
                : unavailable("Redis at " + server.address() + " is a replica and accepts no writes");
    }

    private static Future<Topology> askCluster(RedisSession session) {
        RedisAddress asked = session.server().address();
        // The slots name the nodes as clients can reach them; only the list of nodes has their epochs.
        Future<Response> slots = session.connection().send(Request.cmd(Command.CLUSTER, "SLOTS"));
        Future<Response> nodes = session.connection().send(Request.cmd(Command.CLUSTER, "NODES"));
        return Future.all(slots, nodes).compose(both -> {
            Map<String, Long> epochs = epochs(nodes.result().toString(StandardCharsets.UTF_8));
            Topology topology = Topology.ofSlots(slots.result(), asked, id -> epochs.getOrDefault(id, 0L));
            return topology.isEmpty()
                    ? unavailable("Redis at " + asked + " knows no node that serves slots")
                    : Future.succeededFuture(topology);
        });
    }

    /** The first field of a node's line is its id, and the seventh its epoch. */
    private static Map<String, Long> epochs(String nodes) {
        Map<String, Long> epochs = new HashMap<>();
        nodes.lines()
                .map(line -> line.split(" ", 8))
                .filter(node -> node.length > 7)
                .forEach(node -> epochs.put(node[0], Long.parseLong(node[6])));
        return epochs;
    }

    private Future<Topology> askSentinel(RedisSession session) {
        RedisAddress asked = session.server().address();
        return masterName(session).compose(name -> {
            Future<Response> address =
                    session.connection().send(Request.cmd(Command.SENTINEL, "get-master-addr-by-name", name));
            Future<Response> master = session.connection().send(Request.cmd(Command.SENTINEL, "master", name));
            return address.compose(found -> found == null
                    ? refused("the sentinel at " + asked + " knows no master " + name)
                    : master.map(fields -> Topology.single(
                            new RedisAddress(
                                    found.get(0).toString(), found.get(1).toInteger()),
                            field(fields, "config-epoch").toLong())));
        });
    }

    private Future<String> masterName(RedisSession session) {
        if (uri.master() != null) {
            return Future.succeededFuture(uri.master());
        }
        return session.connection()
                .send(Request.cmd(Command.SENTINEL, "masters"))
                .compose(masters -> masters.size() == 1
                        ? Future.succeededFuture(field(masters.get(0), "name").toString())
                        : refused("the sentinel at " + session.server().address() + " watches " + masters.size()
                                + " masters; name one with ?master="));
    }

    /** The value of a key, in a map of RESP3 or in a list of pairs of RESP2. */
    private static Response field(Response fields, String name) {
        if (fields.isMap()) {
            return fields.get(name);
        }
        int at = 0;
        while (!fields.get(at).toString().equals(name)) {
            at += 2;
        }
        return fields.get(at + 1);
    }

    void close() {
        closed = true;
        List.copyOf(sessions.values()).forEach(RedisSession::close);
        sessions.clear();
    }

    private static <T> Future<T> refused(String message) {
        return Future.failedFuture(new RedisRefusedException("Redis: " + message));
    }

    private static <T> Future<T> unavailable(String message) {
        return Future.failedFuture(new RingUnavailableException(message));
    }
}
