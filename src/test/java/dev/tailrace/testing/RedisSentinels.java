package dev.tailrace.testing;

import static org.awaitility.Awaitility.await;

import dev.tailrace.testing.RespClient.RedisError;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/** A master and its replica, watched by three sentinels that promote the replica about two seconds after the master is gone. */
public final class RedisSentinels implements AutoCloseable {
    private static final String NAME = "mymaster";
    private static final int SENTINELS = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final List<RedisProcess> servers = new ArrayList<>();
    private final List<RedisProcess> sentinels = new ArrayList<>();

    private RedisSentinels() {}

    public static RedisSentinels start() {
        RedisSentinels started = new RedisSentinels();
        try {
            started.form();
            return started;
        } catch (RuntimeException e) {
            started.close();
            throw e;
        }
    }

    /** Names the sentinels, which name the master. */
    public String url() {
        return sentinels.stream()
                .map(sentinel -> "127.0.0.1:" + sentinel.port())
                .collect(Collectors.joining(",", "redis://", "?master=" + NAME));
    }

    public List<RedisProcess> sentinels() {
        return List.copyOf(sentinels);
    }

    /** The server that the first sentinel now takes for the master. */
    public RedisProcess master() {
        return masterBy(sentinels.get(0));
    }

    /** The server that is not the master now. */
    public RedisProcess replica() {
        RedisProcess master = master();
        return servers.stream().filter(server -> server != master).findFirst().orElseThrow();
    }

    /** Waits until all sentinels agree on another master than this one and it takes writes. */
    public void awaitFailoverFrom(RedisProcess former) {
        until(
                "another master than " + former.url(),
                () -> sentinels.stream()
                        .allMatch(sentinel -> masterBy(sentinel) != former && isMaster(masterBy(sentinel))));
    }

    @Override
    public void close() {
        sentinels.forEach(RedisProcess::close);
        servers.forEach(RedisProcess::close);
    }

    private void form() {
        RedisProcess master = RedisProcess.start();
        servers.add(master);
        RedisProcess replica = RedisProcess.replicaOf(master);
        servers.add(replica);
        // In step before the sentinels look: they look for new replicas only every ten seconds.
        until(
                "replica in step",
                () -> ((String) replica.command("INFO", "replication")).contains("master_link_status:up"));
        for (int i = 0; i < SENTINELS; i++) {
            sentinels.add(RedisProcess.sentinel(List.of(
                    "sentinel monitor " + NAME + " 127.0.0.1 " + master.port() + " 2",
                    "sentinel down-after-milliseconds " + NAME + " 1000",
                    "sentinel failover-timeout " + NAME + " 3000")));
        }
        until(
                "sentinels that know each other and the replica",
                () -> sentinels.stream()
                        .allMatch(sentinel -> knows(sentinel, "num-slaves", 1)
                                && knows(sentinel, "num-other-sentinels", SENTINELS - 1)));
    }

    private RedisProcess masterBy(RedisProcess sentinel) {
        List<?> address = (List<?>) sentinel.command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME);
        int port = Integer.parseInt((String) address.get(1));
        return servers.stream()
                .filter(server -> server.port() == port)
                .findFirst()
                .orElseThrow();
    }

    private static boolean isMaster(RedisProcess server) {
        return "master".equals(((List<?>) server.command("ROLE")).get(0));
    }

    private static boolean knows(RedisProcess sentinel, String field, int count) {
        List<?> fields = (List<?>) sentinel.command("SENTINEL", "MASTER", NAME);
        return fields.get(fields.indexOf(field) + 1).equals(String.valueOf(count));
    }

    private static void until(String what, Callable<Boolean> condition) {
        await(what)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptionsMatching(e -> e instanceof RedisError || e instanceof UncheckedIOException)
                .until(condition);
    }
}
