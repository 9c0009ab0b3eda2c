package dev.tailrace.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.testing.BrokerProcess;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** More connections than the process has file descriptors for: probes are answered, and those who are connected are served. */
@Tag("long")
final class DescriptorFloodTest {

    private static final int FILES = 256;
    private static final int CROWD = 600;

    @Test
    void floodAtTheLimitOfDescriptors_hurtsNobodyWhoIsConnected_andNoProbe() throws Exception {
        try (BrokerProcess broker =
                HostileTools.broker("descriptors", 128).openFiles(FILES).start()) {
            assertThat(broker.output()).contains("ulimit -n").contains("--connections");
            try (Bystander bystander = new Bystander(broker.port(), null)) {
                bystander.say();
                SilentCrowd.Gathered crowd = SilentCrowd.gather(CROWD, broker.port());
                try {
                    for (int i = 0; i < 20; i++) {
                        assertThat(broker.management("/health/live").statusCode())
                                .isEqualTo(200);
                        assertThat(broker.management("/metrics").statusCode()).isEqualTo(200);
                        bystander.say();
                    }
                    assertThat(broker.metric("tailrace_refused_total{limit=\"connections\"}"))
                            .isGreaterThan(CROWD - FILES);
                    assertThat(broker.metric("tailrace_accept_failures_total")).isZero();
                } finally {
                    crowd.close();
                }
                await().atMost(20, TimeUnit.SECONDS)
                        .until(() -> broker.metric("tailrace_connections{port=\"clients\"}") < CROWD / 6.0);
                bystander.come();
                HostileTools.figures(
                        CROWD + " connections, " + FILES + " files",
                        bystander.figures() + "; at most " + broker.mostResidentMiB() + " MiB");
            }
            assertThat(broker.output()).as("no stack trace").doesNotContain("\tat ");
        }
    }
}
