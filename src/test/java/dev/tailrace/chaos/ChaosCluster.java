package dev.tailrace.chaos;

import dev.tailrace.testing.RedisCluster;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.TcpProxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Three brokers on a Redis Cluster of three masters and three replicas. Between brokers and nodes, and between nodes, is
 * a network that fails on demand: the cluster reports the proxies' ports as those of its nodes.
 */
final class ChaosCluster implements AutoCloseable {

    final RedisCluster cluster;
    final List<ChaosBroker> brokers = new ArrayList<>();
    private final Map<RedisProcess, TcpProxy> ways = new LinkedHashMap<>();
    private final Map<RedisProcess, TcpProxy> buses = new LinkedHashMap<>();

    ChaosCluster(Path directory) {
        cluster = RedisCluster.startApart(3, 1);
        try {
            for (RedisProcess node : cluster.nodes()) {
                ways.put(node, new TcpProxy(node.port()));
                buses.put(node, new TcpProxy(Integer.parseInt(RedisCluster.busPort(node))));
                announce(node);
            }
            String redis = ways.values().stream()
                    .map(way -> "127.0.0.1:" + way.port())
                    .collect(Collectors.joining(",", "redis://", ""));
            brokers.add(ChaosBroker.withClock("one", directory, redis, "--drain-time", "2s"));
            brokers.add(ChaosBroker.start("two", directory, redis, "--drain-time", "2s"));
            brokers.add(ChaosBroker.start("three", directory, redis, "--drain-time", "2s"));
            brokers.forEach(ChaosBroker::awaitReady);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** After each start of the node, which forgets it. */
    void announce(RedisProcess node) {
        node.command("CONFIG", "SET", "cluster-announce-port", "" + way(node).port());
        node.command(
                "CONFIG",
                "SET",
                "cluster-announce-bus-port",
                "" + buses.get(node).port());
    }

    /** The one broker whose clock can be set. */
    ChaosBroker withClock() {
        return brokers.get(0);
    }

    /** The proxy between brokers and a node. */
    TcpProxy way(RedisProcess node) {
        return ways.get(node);
    }

    /** Cuts a node off from all other nodes; brokers reach them all. */
    void part(RedisProcess node) {
        buses.get(node).stall();
        for (RedisProcess other : cluster.nodes()) {
            buses.get(other).stallFrom(cluster.source(node));
            way(other).stallFrom(cluster.source(node));
            way(node).stallFrom(cluster.source(other));
        }
    }

    /** Ends {@link #part}. */
    void join() {
        buses.values().forEach(TcpProxy::flow);
        ways.values().forEach(TcpProxy::flow);
    }

    List<String> urls() {
        return brokers.stream().map(ChaosBroker::url).toList();
    }

    /** The nodes that are masters now. */
    List<RedisProcess> masters() {
        return withRole("master");
    }

    List<RedisProcess> replicas() {
        return withRole("slave");
    }

    private List<RedisProcess> withRole(String role) {
        return cluster.nodes().stream()
                .filter(node -> ((String) node.command("INFO", "replication")).contains("role:" + role))
                .toList();
    }

    /** A device of the canary. */
    static List<String> devices() {
        return IntStream.rangeClosed(1, 6).mapToObj(i -> "canary-" + i).toList();
    }

    @Override
    public void close() {
        brokers.forEach(ChaosBroker::close);
        ways.values().forEach(TcpProxy::close);
        buses.values().forEach(TcpProxy::close);
        cluster.close();
    }
}
