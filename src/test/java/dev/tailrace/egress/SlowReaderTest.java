package dev.tailrace.egress;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.DeliveryAudit;
import dev.tailrace.testing.EventReader;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Readers that stall, are slow, join and leave, and what they and the others get. */
class SlowReaderTest {

    private static final String PATH = "/api/v1/devices/d/logs/stream";
    private static final int SMALL = 4096; // a receive buffer
    private static final String FILLER = "x".repeat(1000);

    private RunningBroker broker;
    private int said;

    private void start(Setting setting, String value, Setting another, String anotherValue) {
        Map<Setting, String> settings = new HashMap<>();
        settings.put(Setting.STREAM_HEARTBEAT, "150ms");
        settings.put(Setting.STREAM_STALL_LIMIT, "60s");
        settings.put(Setting.SOCKET_SEND_BUFFER, "16KiB");
        settings.put(setting, value);
        settings.put(another, anotherValue);
        broker = open(settings);
    }

    RunningBroker open(Map<Setting, String> settings) {
        return RunningBroker.start(settings);
    }

    SseReader read(int port, int receiveBuffer, String path, String... headers) {
        return new SseReader(port, receiveBuffer, path, headers);
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    private void say(int lines) {
        broker.say(
                "d",
                IntStream.range(0, lines)
                        .mapToObj(i -> "line " + (said + i + 1) + " " + FILLER)
                        .toArray(String[]::new));
        said += lines;
    }

    /** Connected, with a known position, and reading nothing from now on. */
    private SseReader connect(int receiveBuffer) {
        double before = broker.metric("tailrace_subscribers{");
        SseReader reader = read(broker.port(), receiveBuffer, PATH);
        await().atMost(10, SECONDS).until(() -> broker.metric("tailrace_subscribers{") == before + 1);
        return reader;
    }

    @Test
    void stalledReader_isEvictedAndTheOthersGetAll() {
        start(Setting.STREAM_STALL_LIMIT, "1s", Setting.EVENT_LOOPS, "1");
        try (SseReader stalled = connect(SMALL);
                SseReader reader = connect(64 * 1024)) {
            DeliveryAudit audit = new DeliveryAudit(1);
            await().atMost(30, SECONDS).until(() -> {
                say(100);
                audit.readTo(reader, said);
                return broker.metric("tailrace_subscribers_evicted_total{") == 1;
            });
            assertThat(audit.missing()).isZero();
            assertThat(broker.metric("tailrace_subscribers{")).isEqualTo(1);
            assertThatThrownBy(() -> {
                        while (stalled.next() != null) {
                            // bytes that the kernel still had for it
                        }
                    })
                    .as("cut off, not ended")
                    .isInstanceOf(UncheckedIOException.class);
        }
    }

    @Test
    void stalledReaderThatIsNotFull_isEvictedDespiteHeartbeats() {
        start(Setting.STREAM_STALL_LIMIT, "1s", Setting.STREAM_BYTES, "64MiB");
        try (SseReader stalled = connect(SMALL)) {
            say(300);
            await().atMost(20, SECONDS).until(() -> broker.metric("tailrace_subscribers_evicted_total{") == 1);
            assertThat(broker.metric("tailrace_subscribers{")).isZero();
            assertThat(stalled.status()).isEqualTo(200);
        }
    }

    @Test
    void manyStalledReadersWithFiltersOfTheirOwn_holdNoMoreThanTheBudget_andTheOthersGetAll() {
        int limit = 512 * 1024;
        start(Setting.STREAM_PENDING_BYTES, String.valueOf(limit), Setting.EVENT_LOOPS, "1");
        List<SseReader> stalled = new ArrayList<>();
        try (SseReader reader = connect(64 * 1024)) {
            for (int i = 0; i < 60; i++) { // each of them would hold 64 KiB
                stalled.add(read(broker.port(), SMALL, PATH + "?since=" + (i + 1)));
            }
            await().atMost(30, SECONDS).until(() -> broker.metric("tailrace_subscribers{") == 61);
            DeliveryAudit audit = new DeliveryAudit(1);
            for (int i = 0; i < 20; i++) {
                say(40);
                audit.readTo(reader, said);
                await().atMost(20, SECONDS).until(() -> broker.metric("tailrace_stream_pending_bytes") <= limit);
            }
            assertThat(audit.missing()).isZero();
            double evicted = broker.metric("tailrace_subscribers_evicted_total{reason=\"memory\"}");
            assertThat(evicted).isPositive();
            assertThat(broker.metric("tailrace_subscribers{"))
                    .as("no more than had to be: each of the others holds its 64 KiB, and half as much again at most")
                    .isEqualTo(61 - evicted)
                    .isGreaterThanOrEqualTo(limit / (96 * 1024));
        } finally {
            stalled.forEach(SseReader::close);
        }
        await().atMost(20, SECONDS).until(() -> broker.metric("tailrace_stream_pending_bytes") == 0);
    }

    @Test
    void busyDeviceOfAStream_doesNotHoldBackAQuietOne() {
        start(Setting.STREAM_BYTES, "64KiB", Setting.EVENT_LOOPS, "1");
        try (SseReader reader = read(broker.port(), SMALL, "/api/v1/logs/stream?device=d&device=quiet")) {
            await().atMost(10, SECONDS).until(() -> broker.metric("tailrace_subscribers{state=\"live\"}") == 2);
            for (int i = 0; i < 10; i++) {
                say(100);
            }
            broker.say("quiet", "at last");
            for (int i = 0; i < 10; i++) {
                say(100);
            }
            int before = 0;
            while (!reader.message().data().contains("at last")) {
                before++;
            }
            assertThat(before)
                    .as("of 2,000 entries, a few chunks and checkpoints")
                    .isLessThan(500);
        }
    }

    @Test
    void stalledReaderOfHistory_isEvicted() {
        start(Setting.STREAM_STALL_LIMIT, "1s", Setting.EVENT_LOOPS, "1");
        say(1000);
        try (SseReader stalled = read(broker.port(), SMALL, "/api/v1/devices/d/logs")) {
            await().atMost(20, SECONDS)
                    .until(() -> broker.metric("tailrace_subscribers_evicted_total{reason=\"stalled\"}") == 1);
            await().atMost(20, SECONDS).until(() -> broker.metric("tailrace_stream_pending_bytes") == 0);
        }
    }

    @Test
    void silentStream_isNotEvicted() {
        start(Setting.STREAM_STALL_LIMIT, "300ms", Setting.EVENT_LOOPS, "1");
        try (SseReader reader = connect(64 * 1024)) {
            for (int i = 0; i < 10; i++) {
                assertThat(reader.next()).isNotNull();
            }
            assertThat(broker.metric("tailrace_subscribers_evicted_total{")).isZero();
        }
    }

    @Test
    void slowReader_getsExactGapsForWhatItMissed() {
        start(Setting.RING_CAPACITY, "500", Setting.STREAM_BYTES, "16KiB");
        try (SseReader slow = connect(SMALL)) {
            DeliveryAudit audit = new DeliveryAudit(1);
            for (int round = 0; round < 2; round++) {
                for (int i = 0; i < 12; i++) { // more than the feed's tail keeps for a reader that lags
                    say(500);
                }
                audit.readTo(slow, said - 300);
            }
            audit.readTo(slow, said);
            assertThat(audit.entries() + audit.missing()).isEqualTo(said);
            assertThat(audit.missing()).isPositive();
            assertThat(audit.reason()).isEqualTo("slow");
            assertThat(broker.metric("tailrace_gap_entries_total{reason=\"slow\"}"))
                    .isEqualTo(audit.missing());
            await().atMost(10, SECONDS).until(() -> broker.metric("tailrace_subscribers{state=\"live\"}") == 1);
        }
    }

    @Test
    void readersComeAndGoDuringALoad_eachGetsAllOfItsTime() throws Exception {
        start(Setting.RING_CAPACITY, "1000", Setting.EVENT_LOOPS, "2");
        say(10);
        var done = new AtomicBoolean();
        ExecutorService crowd = Executors.newFixedThreadPool(20);
        List<Future<?>> visits = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            var random = new Random(i);
            visits.add(crowd.submit(() -> visit(random)));
        }
        ExecutorService load = Executors.newSingleThreadExecutor();
        Future<?> loaded = load.submit(() -> {
            while (!done.get()) {
                say(20);
            }
        });
        for (Future<?> visit : visits) {
            visit.get(60, SECONDS);
        }
        done.set(true);
        loaded.get(10, SECONDS);
        crowd.shutdown();
        load.shutdown();
        await().atMost(10, SECONDS).until(() -> broker.metric("tailrace_subscribers{") == 0);
    }

    private void visit(Random random) {
        String query = random.nextBoolean() ? "?tail=" + random.nextInt(50) : "";
        try (SseReader reader = read(broker.port(), 64 * 1024, PATH + query)) {
            EventReader.Event event = reader.next();
            while (event.id() == null) {
                event = reader.next();
            }
            long first = Long.parseLong(event.id().substring(event.id().indexOf('-') + 1)) + 1;
            DeliveryAudit audit = new DeliveryAudit(first);
            audit.readTo(reader, first + random.nextInt(200));
        }
    }

    @Test
    void readerCutAtAnyByte_resumesWithoutLossOrRepetition() throws Exception {
        start(Setting.RING_CAPACITY, "1000", Setting.STREAM_BYTES, "64KiB");
        say(1);
        DeliveryAudit audit = new DeliveryAudit(1);
        try (SseReader first = read(broker.port(), 64 * 1024, PATH + "?tail=1")) {
            audit.readTo(first, 1); // from here on each missing entry is in a gap
        }
        var done = new AtomicBoolean();
        ExecutorService load = Executors.newSingleThreadExecutor();
        Future<?> loaded = load.submit(() -> {
            while (!done.get()) {
                say(10);
            }
        });
        var random = new Random(7);
        int cuts = 0;
        for (int i = 0; i < 200; i++) {
            try (SseReader reader = read(broker.port(), 64 * 1024, PATH, "Last-Event-ID", audit.token())
                    .cutAfter(random.nextInt(30_000))) {
                while (true) {
                    audit.accept(reader.next());
                }
            } catch (UncheckedIOException cut) {
                cuts++;
            }
        }
        done.set(true);
        loaded.get(10, SECONDS);
        load.shutdown();
        try (SseReader reader = read(broker.port(), 64 * 1024, PATH, "Last-Event-ID", audit.token())) {
            audit.readTo(reader, said);
        }
        assertThat(cuts).isEqualTo(200);
        assertThat(audit.entries() + audit.missing()).isEqualTo(said);
        assertThat(audit.entries()).isPositive();
    }
}
