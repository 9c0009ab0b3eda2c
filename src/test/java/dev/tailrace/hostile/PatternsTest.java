package dev.tailrace.hostile;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RunningBroker;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Readers with patterns as costly as may be, over full rings of short and long lines, and live: the calls of others. */
@Tag("long")
final class PatternsTest {

    private static final Duration CALLS = Duration.ofSeconds(5);

    /** The limit for calls of other clients, on cores that are shared with the attack. Without slices they take tens of seconds. */
    private static final long MOST_P99_MILLIS = 1000;

    private static final Duration LONGER_THAN_A_MATCH = Duration.ofSeconds(2);

    private final RunningBroker broker = RunningBroker.start(Map.of(Setting.EVENT_LOOPS, "2"));
    private final List<RawSocket> readers = new ArrayList<>();

    @AfterEach
    void stop() {
        readers.forEach(RawSocket::close);
        broker.close();
    }

    @ParameterizedTest
    @CsvSource({
        "1000, 1000, logs?, ((a{20}){20})b",
        "900, 60000, logs?, ((a{20}){20})b",
        "900, 60000, logs?, (.*)(.*)(.*)(.*)(.*)b",
        "20, 60000, logs/stream?tail=20&, ((a{20}){20})b"
    })
    void costlyPattern_delaysNoOtherReader_andEndsSoonAfterItsOwn(int lines, int bytes, String call, String pattern) {
        String[] post = new String[10];
        Arrays.fill(post, "a".repeat(bytes));
        for (int i = 0; i < lines; i += post.length) {
            broker.say("d", post);
        }
        String path = "/api/v1/devices/d/" + call + "regex=" + URLEncoder.encode(pattern, StandardCharsets.UTF_8);
        for (int i = 0; i < 8; i++) {
            RawSocket reader = new RawSocket(broker.port());
            reader.write("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
            readers.add(reader);
        }
        await().atMost(30, SECONDS).until(() -> broker.metric("tailrace_filter_seconds_count") > 0);
        List<Long> millis = new ArrayList<>();
        long end = System.nanoTime() + CALLS.toNanos();
        while (System.nanoTime() < end) {
            long began = System.nanoTime();
            assertThat(broker.get("/api/v1/limits").statusCode()).isEqualTo(200);
            broker.say("other", "line");
            millis.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
            if (call.contains("stream")) {
                broker.say("d", post[0]);
            }
        }
        millis.sort(null);
        assertThat(millis.get(millis.size() * 99 / 100)).isLessThan(MOST_P99_MILLIS);
        readers.forEach(RawSocket::close);
        AtomicReference<Double> before = new AtomicReference<>(0.0);
        await().atMost(15, SECONDS).pollInterval(LONGER_THAN_A_MATCH).until(() -> {
            double slices = broker.metric("tailrace_filter_seconds_count");
            return before.getAndSet(slices) == slices;
        });
    }
}
