package dev.tailrace.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.testing.BrokerProcess;
import dev.tailrace.testing.Require;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.TestReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Ten thousand connections that say nothing: each costs little, and others are served. */
@Tag("long")
final class SilentCrowdTest {

    private static final int CROWD = 10_000;

    /** Files that this JVM and the crowd's need besides. */
    private static final int SPARE_FILES = 2000;

    private static final int HEAP_MIB = 192;
    private static final int MOST_MIB = 2 * HEAP_MIB + 200;
    private static final int BYTES_PER_CONNECTION = 32 * 1024;

    @Test
    void tenThousandSilentConnections_costLittle_andDisturbNoOtherClient() throws Exception {
        long files = fileLimit();
        Require.that(files >= CROWD + SPARE_FILES, "needs " + (CROWD + SPARE_FILES) + " open files, has " + files);
        try (RunningBroker broker = RunningBroker.start()) {
            String device = RunningBroker.newDevice();
            try (TestReader reader = TestReader.open(broker, device)) {
                broker.say(device, "before");
                long before = usedHeap();
                try (SilentCrowd.Gathered crowd = SilentCrowd.gather(CROWD, broker.port())) {
                    assertThat(crowd.process().isAlive()).isTrue();
                    assertThat(usedHeap() - before).isLessThan((long) CROWD * BYTES_PER_CONNECTION);
                    broker.say(device, "meanwhile");
                    try (TestReader another = TestReader.open(broker, device)) {
                        broker.say(device, "to both");
                        assertThat(another.messages(1)).containsExactly("to both");
                    }
                    assertThat(reader.messages(3)).containsExactly("before", "meanwhile", "to both");
                }
                broker.say(device, "after");
                assertThat(reader.messages(4)).endsWith("after");
            }
        }
    }

    /** With a buffer of 64 KiB each they would need three times the memory that there is. */
    @Test
    void tenThousandBeginsOfARequest_endNoBroker() throws Exception {
        long files = fileLimit();
        Require.that(files >= CROWD + SPARE_FILES, "needs " + (CROWD + SPARE_FILES) + " open files, has " + files);
        try (BrokerProcess broker = HostileTools.broker("begins", HEAP_MIB)
                        .settings("--request-timeout=1m")
                        .start();
                Bystander bystander = new Bystander(broker.port(), null)) {
            bystander.say();
            try (SilentCrowd.Gathered crowd = SilentCrowd.gather(CROWD, broker.port(), "G")) {
                for (int i = 0; i < 10; i++) {
                    bystander.say();
                    bystander.come();
                }
                assertThat(crowd.process().isAlive()).isTrue();
                assertThat(broker.metric("tailrace_connections{port=\"clients\"}"))
                        .isGreaterThan(CROWD);
            }
            HostileTools.figures(
                    CROWD + " connections with one byte of a request each",
                    bystander.figures() + "; at most " + broker.mostResidentMiB() + " MiB");
            assertThat(broker.mostResidentMiB()).isLessThan(MOST_MIB);
        }
    }

    private static long usedHeap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    static long fileLimit() throws IOException {
        Process shell = new ProcessBuilder("sh", "-c", "ulimit -n").start();
        String limit = HostileTools.firstLine(shell);
        return "unlimited".equals(limit) ? Long.MAX_VALUE : Long.parseLong(limit);
    }
}
