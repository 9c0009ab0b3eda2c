package dev.tailrace.storage.redis;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tailrace.storage.RingContract;
import dev.tailrace.storage.RingOptions;
import dev.tailrace.storage.RingStore;
import dev.tailrace.storage.TestStores;
import dev.tailrace.storage.redis.link.RedisEvents;
import dev.tailrace.storage.redis.link.RedisLimits;
import dev.tailrace.testing.TestRedis;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RedisRingStandaloneTest extends RingContract {

    @Override
    protected TestStores open(RingOptions options) {
        return RedisTestStores.open(TestRedis.url(), options, RedisLimits.DEFAULT, RedisEvents.NONE);
    }

    @Test
    void append_pastCapacity_keepsLittleMoreThanCapacityInRedis() {
        TestStores broker = broker(200);
        String line = "x".repeat(150);
        String[] many = IntStream.range(0, 90).mapToObj(i -> line).toArray(String[]::new);
        for (int i = 0; i < 300; i++) {
            broker.append(device, i % 7 == 0 ? many : new String[] {line, line});
            // An announcement of 64 entries of which readers see one, and a stream's node of 4 KiB.
            assertThat(linesInRedis()).isLessThanOrEqualTo(200 + 63 + 30);
            assertThat(broker.readAll(device)).hasSizeGreaterThanOrEqualTo(Math.min(200, i));
        }
        assertThat(broker.readAll(device)).hasSize(200);
    }

    private long linesInRedis() {
        List<?> kept = (List<?>) TestRedis.command("XRANGE", key("ring"), "-", "+");
        return kept.stream().mapToLong(RedisRingStandaloneTest::lines).sum();
    }

    private static long lines(Object streamEntry) {
        List<?> fields = (List<?>) ((List<?>) streamEntry).get(1);
        return ((String) fields.get(1)).lines().count() - 1;
    }

    @Test
    void append_ofManyLines_isKeptInPiecesThatAreReadAlone() {
        TestStores broker = broker(1000);
        String[] lines = IntStream.range(0, 500).mapToObj(i -> "line " + i).toArray(String[]::new);
        broker.append(device, lines);
        assertThat((Long) TestRedis.command("XLEN", key("ring"))).isEqualTo(8);
        assertThat(broker.read(device, 129, 64, 1 << 20))
                .isEqualTo(List.of(lines).subList(128, 192));
    }

    @Test
    void append_toARingWhoseEntriesAreGone_goesOn() {
        TestStores broker = broker(10);
        broker.append(device, "a", "b");
        TestRedis.command("DEL", key("ring"));
        assertThat(broker.append(device, "c").head()).isEqualTo(3);
        assertThat(broker.readAll(device)).containsExactly("c");
        assertThat(broker.state(device).oldest()).isEqualTo(3);
        assertThat(timeToLive("ring")).isBetween(3_500L, 3_600L);
    }

    @Test
    void read_whereTheRingHoldsOtherData_skipsIt() {
        TestStores broker = broker(1000);
        String epoch = broker.append(device, "a", "b").epoch();
        TestRedis.command("DEL", key("ring"));
        TestRedis.command("XADD", key("ring"), "1", "a", "\1\2\3");
        TestRedis.command("XADD", key("ring"), "2", "a", "");
        TestRedis.command("XADD", key("ring"), "3", "other", "S " + epoch + " 3\nc\n");
        TestRedis.command("HSET", key("meta"), "head", "3");
        assertThat(broker.readAll(device)).containsExactly("c");
        assertThat(broker.page(device, 1, 10, 1 << 20).first()).isEqualTo(3);
    }

    @Test
    void append_always_leavesNoKeyWithoutExpiry() {
        TestStores broker = broker(10);
        broker.append(device, "a");
        assertThat(timeToLive("ring")).isBetween(3_500L, 3_600L);
        assertThat(timeToLive("meta")).isBetween(3_500L, 3_600L);
        broker.wait(broker.ring().clear(device));
        broker.append(device, "b");
        assertThat(timeToLive("ring")).isBetween(3_500L, 3_600L);
    }

    @Test
    void append_afterTheTimeToLiveWasRaised_setsItAtOnce() {
        broker(new RingOptions(10, Duration.ofSeconds(20))).append(device, "a");
        broker(new RingOptions(10, Duration.ofSeconds(600))).append(device, "b");
        assertThat(timeToLive("ring")).isBetween(590L, 600L);
        assertThat(timeToLive("meta")).isBetween(590L, 600L);
    }

    @Test
    void append_whereTheTimeToLiveIsNotKnown_setsIt() {
        TestStores broker = broker(new RingOptions(10, Duration.ofSeconds(600)));
        broker.append(device, "a");
        // As an earlier version left them.
        TestRedis.command("HDEL", key("meta"), "room");
        TestRedis.command("EXPIRE", key("ring"), "20");
        TestRedis.command("EXPIRE", key("meta"), "20");
        broker.append(device, "b");
        assertThat(timeToLive("ring")).isBetween(590L, 600L);
        assertThat(timeToLive("meta")).isBetween(590L, 600L);
    }

    @Test
    void append_afterTheTimeToLiveWasLowered_setsItWithinASecond() {
        broker(new RingOptions(10, Duration.ofSeconds(600))).append(device, "a");
        TestStores lowered = broker(new RingOptions(10, Duration.ofSeconds(300)));
        await().atMost(10, SECONDS).until(() -> {
            lowered.append(device, "b");
            return timeToLive("ring") <= 300 && timeToLive("meta") <= 300;
        });
    }

    @Test
    void append_byBrokersOfTwoTimesToLive_keepsTheLongerOneAndDoesNotFightAboutIt() {
        TestStores longer = broker(new RingOptions(10, Duration.ofSeconds(600)));
        TestStores shorter = broker(new RingOptions(10, Duration.ofSeconds(300)));
        longer.append(device, "a");
        Set<Object> set = new HashSet<>();
        long from = System.nanoTime();
        for (int i = 0; i < 100; i++) {
            shorter.append(device, "b");
            longer.append(device, "c");
            set.add(TestRedis.command("HGET", key("meta"), "touched"));
        }
        long seconds = 1 + (System.nanoTime() - from) / SECONDS.toNanos(1);
        assertThat(timeToLive("ring")).isBetween(590L, 600L);
        assertThat(set).hasSizeLessThanOrEqualTo((int) (1 + seconds));
    }

    @Test
    void append_byManyWriters_leavesABoundedHash() {
        TestStores broker = broker(10);
        for (int i = 0; i < 300; i++) {
            broker.append(device, written("w" + i, 1, "line"));
        }
        assertThat((Long) TestRedis.command("HLEN", key("meta"))).isBetween(64L, 128L);
    }

    @Test
    void append_byManyProducers_leavesABoundedHash() {
        TestStores broker = broker(10);
        for (int i = 0; i < 2500; i++) {
            broker.append(device, produced("p" + i, 1, "line"));
        }
        assertThat((Long) TestRedis.command("HLEN", key("meta"))).isBetween(1024L, 1024L * 9 / 8 + 50);
    }

    @Test
    void append_ofLargeEntries_takesLittleMoreThanTheBytesInRedis() {
        TestStores broker = broker(new RingOptions(1000, 1 << 20, Duration.ofHours(1)));
        String line = "x".repeat(64 * 1024);
        for (int i = 0; i < 100; i++) {
            broker.append(device, line);
        }
        assertThat((Long) TestRedis.command("MEMORY", "USAGE", key("ring"), "SAMPLES", "0"))
                .isLessThan((1 << 20) * 5 / 4);
    }

    @Test
    void read_withALargerCapacityThanThatOfTheAppends_seesWhatIsThere() {
        RedisTestStores.Events events = new RedisTestStores.Events();
        TestStores small = broker(5);
        TestStores large = RedisTestStores.open(
                TestRedis.url(), new RingOptions(500, Duration.ofHours(1)), RedisLimits.DEFAULT, events);
        try {
            for (int i = 1; i <= 300; i++) {
                small.append(device, "line " + i);
            }
            assertThat(large.state(device).oldest()).isEqualTo(296);
            assertThat(large.readAll(device)).hasSize(5);
            large.append(device, "line 301");
            assertThat(large.state(device).oldest()).isEqualTo(296);
            assertThat(large.readAll(device)).hasSize(6).startsWith("line 296").endsWith("line 301");
            small.append(device, "line 302");
            assertThat(large.state(device).oldest()).isEqualTo(298);
            large.append(device, "line 303");
            assertThat(large.state(device).oldest()).isEqualTo(298);
            assertThat(large.readAll(device)).hasSize(6);
            assertThat(small.readAll(device)).hasSize(5);
            assertThat(events.damages).hasValue(0);
        } finally {
            large.close();
        }
    }

    @Test
    void read_ofARingOfAnEarlierVersion_seesWhatIsThere() {
        RedisTestStores.Events events = new RedisTestStores.Events();
        TestStores small = broker(5);
        TestStores large = RedisTestStores.open(
                TestRedis.url(), new RingOptions(500, Duration.ofHours(1)), RedisLimits.DEFAULT, events);
        try {
            for (int i = 1; i <= 300; i++) {
                small.append(device, "line " + i);
            }
            TestRedis.command("HDEL", key("meta"), "room");
            long oldest = large.state(device).oldest();
            assertThat(oldest).isBetween(2L, 296L);
            assertThat(large.readAll(device)).hasSize((int) (301 - oldest));
            large.append(device, "line 301");
            assertThat(large.state(device).oldest()).isEqualTo(oldest);
            assertThat(large.readAll(device)).hasSize((int) (302 - oldest)).endsWith("line 301");
            assertThat(events.damages).hasValue(0);
        } finally {
            large.close();
        }
    }

    @Test
    void call_fromAnotherThreadThatThrows_fails() {
        TestStores broker = broker(10);
        assertThatThrownBy(() -> broker.wait(broker.ring().read(null, 1, 1, 1)))
                .isInstanceOf(NullPointerException.class);
    }

    @Test
    void call_afterItsLoopHasEnded_fails() {
        TestStores broker = open(new RingOptions(10, 1_000_000, Duration.ofDays(1)));
        RingStore ring = broker.ring();
        broker.close();
        assertThat(ring.state(device).failed()).isTrue();
    }

    private String key(String kind) {
        return "tailrace:{" + device + "}:" + kind;
    }

    private long timeToLive(String kind) {
        return (Long) TestRedis.command("TTL", key(kind));
    }
}
