package dev.tailrace.hostile;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.TcpProxy;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A Redis at the far end of a bad link: 300 ± 200 ms there and back, and one connection in fifty cut each second. */
@Tag("long")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SlowLinkTest {

    private static final int STORED = 15;

    @Test
    void brokerBecomesReady_andStores() {
        try (RedisProcess redis = RedisProcess.start();
                TcpProxy link = new TcpProxy(redis.port())) {
            link.delay(Duration.ofMillis(50), Duration.ofMillis(250));
            Map<Setting, String> settings = Map.of(Setting.REDIS, "redis://127.0.0.1:" + link.port());
            try (RunningBroker broker = RunningBroker.start(settings)) {
                await().atMost(40, SECONDS)
                        .until(() -> broker.management("/health/ready").statusCode() == 200);
                AtomicInteger stored = new AtomicInteger();
                await().atMost(60, SECONDS).pollInterval(1, SECONDS).until(() -> {
                    link.cutSome(2);
                    stored.addAndGet(store(broker) == 202 ? 1 : 0);
                    return stored.get() >= STORED;
                });
                link.delay(Duration.ZERO);
                await().atMost(20, SECONDS).until(() -> store(broker) == 202);
                assertThat(broker.messages("far")).hasSizeGreaterThan(STORED);
            }
        }
    }

    private static int store(RunningBroker broker) {
        HttpResponse<String> answer =
                broker.request("POST", "/api/v1/devices/far/logs", "line", "Content-Type", "text/plain");
        assertThat(answer.statusCode()).isIn(202, 503);
        return answer.statusCode();
    }
}
