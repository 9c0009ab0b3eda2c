package dev.tailrace.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tailrace.testing.RespClient.RedisError;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class RedisProcessTest {
    @Test
    void command_eachKindOfReply_isRead() {
        try (RedisProcess redis = RedisProcess.start()) {
            assertThat(redis.command("SET", "k", "grüße\r\n")).isEqualTo("OK");
            assertThat(redis.command("GET", "k")).isEqualTo("grüße\r\n");
            assertThat(redis.command("STRLEN", "k")).isEqualTo(9L);
            assertThat(redis.command("MGET", "k", "none")).isEqualTo(Arrays.asList("grüße\r\n", null));
            assertThat(redis.command("KEYS", "none")).isEqualTo(List.of());
            assertThatThrownBy(() -> redis.command("INCR", "k")).isInstanceOf(RedisError.class);
        }
    }

    @Test
    void restart_afterStop_keepsThePortAndForgetsTheKeys() {
        try (RedisProcess redis = RedisProcess.start()) {
            int port = redis.port();
            redis.command("SET", "k", "v");
            redis.stop();
            assertThatThrownBy(() -> redis.command("PING")).isInstanceOf(UncheckedIOException.class);

            redis.restart();

            assertThat(redis.port()).isEqualTo(port);
            assertThat(redis.command("GET", "k")).isNull();
        }
    }

    @Test
    void durable_killedAndRestarted_hasItsKeys() {
        try (RedisProcess redis = RedisProcess.durable()) {
            redis.command("SET", "k", "v");
            redis.kill();
            assertThat(redis.isAlive()).isFalse();

            redis.restart();

            assertThat(redis.command("GET", "k")).isEqualTo("v");
        }
    }

    @Test
    void suspended_isSilentUntilResumed() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                RespClient client = new RespClient("127.0.0.1", redis.port(), 200)) {
            redis.suspend();
            assertThatThrownBy(() -> client.call("PING")).hasMessageContaining("timed out");

            redis.resume();

            assertThat(redis.command("PING")).isEqualTo("PONG");
        }
    }

    @Test
    void suspended_closes() {
        RedisProcess redis = RedisProcess.start();
        redis.suspend();

        redis.close();

        assertThat(redis.isAlive()).isFalse();
    }

    @Test
    void replica_followsItsMaster() {
        try (RedisProcess master = RedisProcess.start();
                RedisProcess replica = RedisProcess.replicaOf(master)) {
            master.command("SET", "k", "v");

            await().until(() -> "v".equals(replica.command("GET", "k")));
        }
    }

    @Test
    void start_withArgumentsThatRedisRefuses_reportsTheReason() {
        assertThatThrownBy(() -> RedisProcess.start("--no-such-setting", "1"))
                .hasMessageContaining("no-such-setting")
                .hasMessageContaining("Bad directive");
    }

    @Test
    void testRedis_askedTwice_isOne() {
        TestRedis.command("SET", "fixture:one", "v");

        assertThat(TestRedis.command("GETDEL", "fixture:one")).isEqualTo("v");
    }
}
