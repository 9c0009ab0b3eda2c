package dev.tailrace.testing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RedisSentinelsTest {
    @Test
    void masterKilled_replicaIsPromoted() {
        try (RedisSentinels sentinels = RedisSentinels.start()) {
            RedisProcess master = sentinels.master();
            RedisProcess replica = sentinels.replica();
            // On one connection: WAIT is about the writes of the connection that asks.
            try (RespClient client = new RespClient("127.0.0.1", master.port(), 10_000)) {
                client.call("SET", "k", "v");
                assertThat(client.call("WAIT", "1", "5000")).isEqualTo(1L);
            }

            master.kill();
            sentinels.awaitFailoverFrom(master);

            assertThat(sentinels.master()).isSameAs(replica);
            assertThat(replica.command("GET", "k")).isEqualTo("v");
            assertThat(replica.command("SET", "k", "w")).isEqualTo("OK");
        }
    }
}
