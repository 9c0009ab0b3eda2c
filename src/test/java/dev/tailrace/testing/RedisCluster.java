package dev.tailrace.testing;

import static org.awaitility.Awaitility.await;

import dev.tailrace.testing.RespClient.RedisError;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/** A Redis Cluster of real servers: masters that share the slots evenly, and replicas that take over from them. */
public final class RedisCluster implements AutoCloseable {
    private static final int SLOTS = 16_384;
    private static final Duration NODE_TIMEOUT = Duration.ofMillis(1500);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    // Masters first, then the replicas of the first master, of the second, ...; roles change on failover, places do
    // not.
    private final List<RedisProcess> nodes = new ArrayList<>();

    private final boolean apart;

    private RedisCluster(boolean apart) {
        this.apart = apart;
    }

    public static RedisCluster start(int masters, int replicasPerMaster) {
        return start(new RedisCluster(false), masters, replicasPerMaster);
    }

    /** Starts one whose nodes connect to one another from addresses of their own, by which proxies distinguish them (Linux). */
    public static RedisCluster startApart(int masters, int replicasPerMaster) {
        return start(new RedisCluster(true), masters, replicasPerMaster);
    }

    private static RedisCluster start(RedisCluster cluster, int masters, int replicasPerMaster) {
        try {
            cluster.form(masters, replicasPerMaster);
            return cluster;
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    public List<RedisProcess> nodes() {
        return List.copyOf(nodes);
    }

    /** Names every node, so that a client finds the cluster whichever of them is down. */
    public String url() {
        return nodes.stream().map(node -> "127.0.0.1:" + node.port()).collect(Collectors.joining(",", "redis://", ""));
    }

    /** Where a node of a cluster that was started {@link #startApart apart} connects from; it listens on 127.0.0.1. */
    public InetAddress source(RedisProcess node) {
        return source(nodes.indexOf(node));
    }

    private static InetAddress source(int place) {
        try {
            return InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) (2 + place)});
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The node that now serves a key. */
    public RedisProcess masterOf(String key) {
        RedisProcess witness = living().get(0);
        long slot = (Long) witness.command("CLUSTER", "KEYSLOT", key);
        for (Object range : list(witness.command("CLUSTER", "SLOTS"))) {
            long first = (Long) list(range).get(0);
            long last = (Long) list(range).get(1);
            if (first <= slot && slot <= last)
                return withPort((Long) list(list(range).get(2)).get(1));
        }
        throw new IllegalStateException("nobody serves slot " + slot);
    }

    /** Waits until every living node finds that all slots are served. */
    public void awaitOk() {
        until(
                "cluster_state:ok everywhere",
                () -> living().stream()
                        .allMatch(node -> text(node, "CLUSTER", "INFO").contains("cluster_state:ok")));
    }

    /** Waits until every living node knows that another one serves the slots of this master. */
    public void awaitFailoverFrom(RedisProcess former) {
        until("another master than " + former.url(), () -> living().stream().noneMatch(node -> isMaster(former, node)));
        awaitOk();
    }

    @Override
    public void close() {
        nodes.forEach(RedisProcess::close);
    }

    private void form(int masters, int replicasPerMaster) {
        for (int i = 0; i < masters * (1 + replicasPerMaster); i++) {
            // Protected mode takes other loopback addresses than 127.0.0.1 for strangers'.
            List<String> address = List.of(
                    "--cluster-announce-ip",
                    "127.0.0.1",
                    "--bind-source-addr",
                    source(i).getHostAddress(),
                    "--protected-mode",
                    "no");
            nodes.add(RedisProcess.clusterNode(NODE_TIMEOUT, apart ? address : List.of()));
        }
        for (int i = 0; i < masters; i++) {
            String first = String.valueOf(i * SLOTS / masters);
            String last = String.valueOf((i + 1) * SLOTS / masters - 1);
            nodes.get(i).command("CLUSTER", "ADDSLOTSRANGE", first, last);
        }
        introduce();
        for (int i = masters; i < nodes.size(); i++) {
            follow(nodes.get(i), nodes.get((i - masters) / replicasPerMaster));
        }
        int replicas = nodes.size() - masters;
        until(
                "every replica known to every node",
                () -> nodes.stream()
                        .allMatch(node -> text(node, "CLUSTER", "NODES")
                                        .lines()
                                        .filter(line -> line.contains("slave"))
                                        .count()
                                == replicas));
        awaitOk();
    }

    private void introduce() {
        for (int i = 0; i < nodes.size(); i++) {
            // Epochs of their own, or the nodes first have to settle who is older.
            nodes.get(i).command("CLUSTER", "SET-CONFIG-EPOCH", String.valueOf(i + 1));
        }
        RedisProcess first = nodes.get(0);
        for (RedisProcess node : nodes.subList(1, nodes.size())) {
            first.command("CLUSTER", "MEET", "127.0.0.1", String.valueOf(node.port()), busPort(node));
        }
        until(
                "every node known to every node",
                () -> nodes.stream().allMatch(node -> isAcquainted(node, nodes.size())));
    }

    private static void follow(RedisProcess replica, RedisProcess master) {
        replica.command("CLUSTER", "REPLICATE", text(master, "CLUSTER", "MYID"));
        until("replica in step", () -> text(replica, "INFO", "replication").contains("master_link_status:up"));
    }

    private List<RedisProcess> living() {
        return nodes.stream().filter(RedisProcess::isAlive).toList();
    }

    private RedisProcess withPort(long port) {
        return nodes.stream().filter(node -> node.port() == port).findFirst().orElseThrow();
    }

    /** On which a node talks with the others. */
    public static String busPort(RedisProcess node) {
        return (String) list(node.command("CONFIG", "GET", "cluster-port")).get(1);
    }

    private static String text(RedisProcess node, String... command) {
        return (String) node.command(command);
    }

    private static List<?> list(Object reply) {
        return (List<?>) reply;
    }

    private static boolean isAcquainted(RedisProcess node, int nodes) {
        String known = text(node, "CLUSTER", "NODES");
        return known.lines().count() == nodes && !known.contains("handshake");
    }

    private static boolean isMaster(RedisProcess node, RedisProcess witness) {
        return list(witness.command("CLUSTER", "SLOTS")).stream()
                .map(range -> list(list(range).get(2)).get(1))
                .anyMatch(port -> port.equals((long) node.port()));
    }

    private static void until(String what, Callable<Boolean> condition) {
        await(what)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptionsMatching(e -> e instanceof RedisError || e instanceof UncheckedIOException)
                .until(condition);
    }
}
