package dev.tailrace.storage.redis.link;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.TestStores;
import dev.tailrace.storage.redis.RedisTestStores;
import dev.tailrace.testing.Ports;
import dev.tailrace.testing.RedisCluster;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RedisSentinels;
import dev.tailrace.testing.TcpProxy;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which server a broker takes for the master, and how many requests that takes. */
class DiscoveryTest {

    private static final Duration LATE = Duration.ofMillis(20);
    private static final String RING = "tailrace:{pump-7}:ring";

    private final DeviceId device = new DeviceId("pump-7");
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    private <T extends AutoCloseable> T opened(T closeable) {
        open.add(closeable);
        return closeable;
    }

    private TestStores broker(String url) {
        TestStores broker = RedisTestStores.open(url);
        open.add(broker::close);
        return broker;
    }

    /** Names the first server; the others are named so that they answer later. */
    private String hosts(RedisProcess first, List<RedisProcess> others) {
        return others.stream()
                .map(other -> opened(new TcpProxy(other.port())))
                .peek(proxy -> proxy.delay(LATE))
                .map(proxy -> "127.0.0.1:" + proxy.port())
                .collect(Collectors.joining(",", "redis://127.0.0.1:" + first.port() + ",", ""));
    }

    @Test
    void partitionedClusterNode_answersFirst_theNewerEpochCounts() {
        RedisCluster cluster = opened(RedisCluster.start(3, 0));
        RedisProcess parted = opened(
                RedisProcess.start("--cluster-enabled", "yes", "--cluster-port", Integer.toString(Ports.free())));
        parted.command("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
        TestStores broker = broker(hosts(parted, cluster.nodes()));
        assertThat(broker.append(device, "a").head()).isEqualTo(1);
        assertThat(cluster.masterOf(RING).command("EXISTS", RING)).isEqualTo(1L);
    }

    @Test
    void partitionedSentinel_answersFirst_theNewerEpochCounts() {
        RedisSentinels sentinels = opened(RedisSentinels.start());
        RedisProcess former = sentinels.master();
        sentinels.sentinels().get(0).command("SENTINEL", "FAILOVER", "mymaster");
        sentinels.awaitFailoverFrom(former);
        RedisProcess elsewhere = opened(RedisProcess.start());
        RedisProcess parted = opened(
                RedisProcess.sentinel(List.of("sentinel monitor mymaster 127.0.0.1 " + elsewhere.port() + " 1")));
        TestStores broker = broker(hosts(parted, sentinels.sentinels()) + "?master=mymaster");
        assertThat(broker.append(device, "a").head()).isEqualTo(1);
        assertThat(sentinels.master().command("EXISTS", RING)).isEqualTo(1L);
        assertThat(elsewhere.command("EXISTS", RING)).isEqualTo(0L);
    }

    @Test
    void sentinelsSetUpAnew_areFollowedThoughTheirEpochIsLower() {
        RedisSentinels sentinels = opened(RedisSentinels.start());
        RedisProcess former = sentinels.master();
        sentinels.sentinels().get(0).command("SENTINEL", "FAILOVER", "mymaster");
        sentinels.awaitFailoverFrom(former);
        TestStores broker = broker(sentinels.url());
        assertThat(broker.append(device, "a").head()).isEqualTo(1);
        RedisProcess elsewhere = opened(RedisProcess.start());
        for (RedisProcess sentinel : sentinels.sentinels()) {
            sentinel.command("SENTINEL", "REMOVE", "mymaster");
            sentinel.command("SENTINEL", "MONITOR", "mymaster", "127.0.0.1", Integer.toString(elsewhere.port()), "2");
        }
        await().atMost(30, SECONDS).pollInterval(Duration.ofMillis(50)).until(() -> {
            broker.onLoop(0, ring -> ring.append(device, Batch.of(TestStores.entries("b"))))
                    .onFailure(cause -> {});
            return elsewhere.command("EXISTS", RING).equals(1L);
        });
    }

    @Test
    void askedAgain_usesTheSameConnection() throws Exception {
        RedisProcess redis = opened(RedisProcess.start());
        Vertx vertx = Vertx.vertx();
        open.add(() -> vertx.close().await(10, SECONDS));
        RedisUri uri = RedisUri.parse(redis.url());
        DiscoveryHosts hosts = new DiscoveryHosts(new RedisConnector(vertx, uri, RedisLimits.DEFAULT), uri);
        Context context = vertx.getOrCreateContext();
        long before = stat(redis, "stats", "total_connections_received:");
        for (int i = 0; i < 5; i++) {
            Topology found = on(context, () -> hosts.ask(uri.hosts().get(0))).await(10, SECONDS);
            assertThat(found.masters()).containsExactly(uri.hosts().get(0));
        }
        assertThat(stat(redis, "stats", "total_connections_received:"))
                .as("that one and the one that counts")
                .isEqualTo(before + 2);
        on(context, () -> {
                    hosts.close();
                    return Future.succeededFuture();
                })
                .await(10, SECONDS);
    }

    @Test
    void allEventLoopsAskAtOnce_theHostsAreAskedOnce() throws Exception {
        RedisProcess redis = opened(RedisProcess.start());
        Vertx vertx = Vertx.vertx();
        open.add(() -> vertx.close().await(10, SECONDS));
        RedisUri uri = RedisUri.parse(redis.url());
        RedisConnector connector = new RedisConnector(vertx, uri, RedisLimits.DEFAULT);
        Context context = vertx.getOrCreateContext();
        Discovery discovery = on(context, () -> Future.succeededFuture(new Discovery(vertx, connector, uri)))
                .await(10, SECONDS);
        redis.command("CONFIG", "RESETSTAT");
        List<Future<Topology>> found =
                IntStream.range(0, 10).mapToObj(i -> discovery.find(true)).toList();
        Future.all(found).await(10, SECONDS);
        assertThat(stat(redis, "commandstats", "cmdstat_info:calls=")).isEqualTo(1);
        on(context, () -> {
                    discovery.close();
                    return Future.succeededFuture();
                })
                .await(10, SECONDS);
    }

    private static <T> Future<T> on(Context context, Supplier<Future<T>> call) {
        Promise<T> promise = Promise.promise();
        context.runOnContext(there -> call.get().onComplete(promise));
        return promise.future();
    }

    private static long stat(RedisProcess redis, String section, String before) {
        Matcher found =
                Pattern.compile(Pattern.quote(before) + "([0-9]+)").matcher((String) redis.command("INFO", section));
        return found.find() ? Long.parseLong(found.group(1)) : 0;
    }
}
