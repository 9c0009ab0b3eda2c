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
 * a network that fails on demand: the cluster names the proxies' ports to whoever asks.
 */
final class ChaosCluster implements AutoCloseable {

    final RedisCluster cluster;
    final List<BrokerProcess> brokers = new ArrayList<>();
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
            brokers.add(BrokerProcess.withClock("one", directory, redis, "--drain-time", "2s"));
            brokers.add(BrokerProcess.start("two", directory, redis, "--drain-time", "2s"));
            brokers.add(BrokerProcess.start("three", directory, redis, "--drain-time", "2s"));
            brokers.forEach(BrokerProcess::awaitReady);
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
    BrokerProcess withClock() {
        return brokers.get(0);
    }

    /** To a node. */
    TcpProxy way(RedisProcess node) {
        return ways.get(node);
    }

    /** A node and all other nodes hear nothing of each other any more; brokers reach them all. */
    void part(RedisProcess node) {
        buses.get(node).stall();
        for (RedisProcess other : cluster.nodes()) {
            buses.get(other).stallFrom(cluster.source(node));
            way(other).stallFrom(cluster.source(node));
            way(node).stallFrom(cluster.source(other));
        }
    }

    /** They hear each other again. */
    void join() {
        buses.values().forEach(TcpProxy::flow);
        ways.values().forEach(TcpProxy::flow);
    }

    List<String> urls() {
        return brokers.stream().map(BrokerProcess::url).toList();
    }

    /** The nodes that serve slots now. */
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
        brokers.forEach(BrokerProcess::close);
        ways.values().forEach(TcpProxy::close);
        buses.values().forEach(TcpProxy::close);
        cluster.close();
    }
}
