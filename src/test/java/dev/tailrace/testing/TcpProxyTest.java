package dev.tailrace.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TcpProxyTest {
    private static RedisProcess redis;
    private TcpProxy proxy;

    @BeforeAll
    static void startRedis() {
        redis = RedisProcess.start();
    }

    @AfterAll
    static void closeRedis() {
        redis.close();
    }

    @BeforeEach
    void open() {
        proxy = new TcpProxy(redis.port());
    }

    @AfterEach
    void close() {
        proxy.close();
    }

    @Test
    void opened_passesBothWays() {
        try (RespClient client = connect()) {
            assertThat(client.call("ECHO", "x".repeat(1_000_000))).isEqualTo("x".repeat(1_000_000));
        }
        await("end of the connection").until(() -> proxy.connections() == 0);
    }

    @Test
    void cut_resetsOpenConnectionsAndTakesNewOnes() {
        try (RespClient client = connect()) {
            client.call("PING");

            proxy.cut();

            assertThat(proxy.connections()).isZero();
            assertThatThrownBy(() -> client.call("PING")).hasCauseInstanceOf(SocketException.class);
        }
        try (RespClient another = connect()) {
            assertThat(another.call("PING")).isEqualTo("PONG");
        }
    }

    @Test
    void refuse_refusesNewConnections_untilAccept() {
        try (RespClient client = connect()) {
            client.call("PING");

            proxy.refuse();

            assertThatThrownBy(this::connect).hasCauseInstanceOf(ConnectException.class);
            assertThat(client.call("PING")).isEqualTo("PONG");
        }
        proxy.accept();
        try (RespClient another = connect()) {
            assertThat(another.call("PING")).isEqualTo("PONG");
        }
    }

    @Test
    void stall_holdsBytesBackUntilFlow() {
        try (RespClient client = connect()) {
            client.call("PING");

            proxy.stall();

            assertThatThrownBy(() -> client.call("ECHO", "held back")).hasCauseInstanceOf(SocketTimeoutException.class);
            assertThat(proxy.connections()).isEqualTo(1);

            proxy.flow();

            // The reply that was held back comes first: nothing was lost.
            assertThat(client.call("PING")).isEqualTo("held back");
        }
    }

    @Test
    void dropAfter_cutsOnceWhenSoManyBytesHavePassed() {
        try (RespClient client = connect()) {
            client.call("PING");

            proxy.dropAfter(20);

            assertThatThrownBy(() -> client.call("ECHO", "longer than this")).hasCauseInstanceOf(SocketException.class);
        }
        try (RespClient another = connect()) {
            assertThat(another.call("PING")).isEqualTo("PONG");
        }
    }

    private RespClient connect() {
        return new RespClient("127.0.0.1", proxy.port(), 500);
    }
}
