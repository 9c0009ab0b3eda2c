package dev.tailrace.hostile;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.testing.BrokerProcess;
import dev.tailrace.testing.TestAuthority;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS handshakes without end from one address: those of other addresses have their turn, and open connections go on. */
@Tag("long")
final class HandshakeFloodTest {

    private static final int HEAP_MIB = 192;
    private static final int MOST_MIB = 2 * HEAP_MIB + 200;
    private static final int FLOOD_SECONDS = 10;
    private static final String OPEN = "tailrace_connections{port=\"clients\"}";
    private static final String LEFT = "tailrace_refused_total{limit=\"handshakes-per-address\"}";

    @Test
    void floodOfHandshakes_keepsNobodyElseFromConnecting(@TempDir Path folder) throws Exception {
        var authority = new TestAuthority();
        TestAuthority.lay(authority.server("broker"), folder);
        try (BrokerProcess broker = HostileTools.broker("handshakes", HEAP_MIB)
                        .settings(
                                "--request-timeout=1m", // so that a slow machine is no reason to fail
                                "--tls-cert",
                                folder.resolve("cert.pem").toString(),
                                "--tls-key",
                                folder.resolve("key.pem").toString())
                        .start();
                Bystander bystander = new Bystander(broker.port(), authority.context())) {
            bystander.say();
            bystander.come();
            Process crowd =
                    HostileTools.java(HandshakeCrowd.class, "" + broker.port(), "127.0.0.2", "" + FLOOD_SECONDS);
            try {
                while (crowd.isAlive()) {
                    bystander.say();
                    bystander.come();
                }
                HostileTools.figures(
                        HostileTools.firstLine(crowd) + " from one address in " + FLOOD_SECONDS + " s",
                        bystander.figures() + "; " + (int) broker.metric(LEFT) + " left before their turn; at most "
                                + broker.mostResidentMiB() + " MiB");
            } finally {
                crowd.destroyForcibly().waitFor();
            }
            assertThat(broker.metric(LEFT)).isPositive();
            await("connections of clients that left are given back")
                    .atMost(30, SECONDS)
                    .until(() -> broker.metric(OPEN), open -> open < 10);
            assertThat(broker.mostResidentMiB()).isLessThan(MOST_MIB);
            assertThat(broker.output()).doesNotContain("\tat ");
        }
    }
}
