package dev.tailrace.testing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RedisClusterTest {
    @Test
    void masterKilled_replicaServesItsKeys() {
        try (RedisCluster cluster = RedisCluster.start(3, 1)) {
            assertThat(cluster.nodes()).hasSize(6);
            assertThat(cluster.url()).matches("redis://127\\.0\\.0\\.1:\\d+(,127\\.0\\.0\\.1:\\d+){5}");
            RedisProcess master = cluster.masterOf("k");
            // On one connection: WAIT is about the writes of the connection that asks.
            try (RespClient client = new RespClient("127.0.0.1", master.port(), 10_000)) {
                assertThat(client.call("SET", "k", "v")).isEqualTo("OK");
                assertThat(client.call("WAIT", "1", "5000")).isEqualTo(1L);
            }

            master.kill();
            cluster.awaitFailoverFrom(master);

            assertThat(cluster.masterOf("k")).isNotSameAs(master);
            assertThat(cluster.masterOf("k").command("GET", "k")).isEqualTo("v");
        }
    }

    @Test
    void withoutReplicas_everyMasterServesItsShare() {
        try (RedisCluster cluster = RedisCluster.start(3, 0)) {
            assertThat(cluster.nodes()).allMatch(node -> isMasterOfSome(cluster, node));
        }
    }

    private static boolean isMasterOfSome(RedisCluster cluster, RedisProcess node) {
        for (int i = 0; i < 100; i++) {
            if (cluster.masterOf("key" + i) == node) return true;
        }
        return false;
    }
}
