package dev.tailrace.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.tailrace.config.Setting;
import dev.tailrace.config.Settings;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RunningBroker;
import java.net.InetAddress;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Host names of the management port. Others are refused, because of DNS rebinding. */
final class ManagementServerTest {

    private static RunningBroker broker;

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(
                Setting.HOSTS, "tailrace-management.logs.svc, broker-1",
                Setting.AUTH_ADMIN_TOKEN, "a secret that nobody guesses"));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static boolean isAnswered(String host, Map<Setting, String> settings) {
        return ManagementServer.names(Settings.read(settings)).include(host);
    }

    @Test
    void nameOfTheMachine_isAccepted_ifOthersReachThePort() throws Exception {
        String machine = InetAddress.getLocalHost().getHostName();
        assumeThat(machine).isNotEqualTo("localhost");
        assertThat(isAnswered(machine, Map.of(Setting.MANAGEMENT_HOST, "0.0.0.0")))
                .isTrue();
        assertThat(isAnswered(machine, Map.of(Setting.MANAGEMENT_HOST, "127.0.0.1")))
                .isFalse();
    }

    private static String ask(String request) {
        try (RawSocket socket = new RawSocket(broker.server().managementPort())) {
            return socket.write(request + "\r\n\r\n").readHead();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost:9090",
                "127.0.0.1",
                "10.1.2.3:9090", // a probe or a scraper, by the address of the pod
                "[2001:db8::7]:9090",
                "broker-1:9090",
                "tailrace-management.logs.svc"
            })
    void ownName_isAnswered(String host) {
        for (String path : new String[] {"/metrics", "/health/live", "/health/ready"}) {
            assertThat(ask("GET " + path + " HTTP/1.1\r\nHost: " + host))
                    .doesNotStartWith("HTTP/1.1 403 ")
                    .doesNotStartWith("HTTP/1.1 404 ");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"evil.example", "wiki:9090", "1.2.3.4.evil.example", "broker-2", "logs.svc", "a:b:c"})
    void otherName_isRefused(String host) {
        for (String path : new String[] {"/metrics", "/health/live", "/nowhere"}) {
            assertThat(ask("GET " + path + " HTTP/1.1\r\nHost: " + host)).matches(head -> !head.contains(" 200 "));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /metrics HTTP/1.0", "GET http://localhost/metrics HTTP/1.1\r\nHost: localhost"})
    void requestWithoutAHost_isAnswered(String request) {
        assertThat(ask(request)).contains(" 200 ");
    }
}
