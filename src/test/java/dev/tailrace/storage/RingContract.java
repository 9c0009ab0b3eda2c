package dev.tailrace.storage;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.model.FleetId;
import dev.tailrace.storage.DeviceDirectory.Changes;
import dev.tailrace.storage.DeviceDirectory.Mark;
import dev.tailrace.storage.DeviceDirectory.Sightings;
import dev.tailrace.storage.RevocationList.Revocation;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The promises of every ring, and of the stores beside it, whatever storage they use. */
public abstract class RingContract {

    private static final Duration LONG = Duration.ofHours(1);
    private static final int MAX = 1 << 20;

    private final List<TestStores> brokers = new ArrayList<>();

    protected final DeviceId device = new DeviceId("device-" + UUID.randomUUID());
    protected final DeviceId other = new DeviceId("device-" + UUID.randomUUID());

    /** Another broker that shares the storage with those opened before. */
    protected abstract TestStores open(RingOptions options);

    protected final TestStores broker(int capacity) {
        return broker(new RingOptions(capacity, LONG));
    }

    protected final TestStores broker(RingOptions options) {
        TestStores broker = open(options);
        brokers.add(broker);
        return broker;
    }

    @AfterEach
    void closeBrokers() {
        brokers.forEach(TestStores::close);
    }

    @Test
    void append_toUnknownDevice_numbersFromOne() {
        TestStores broker = broker(10);
        RingStore.Appended appended = broker.append(device, "a", "b", "c");
        assertThat(appended.head()).isEqualTo(3);
        assertThat(appended.stored()).isEqualTo(3);
        assertThat(appended.deduplicated()).isZero();
        assertThat(appended.epoch()).matches("[a-z0-9]{1,32}");
    }

    @Test
    void append_again_numbersDenselyInTheSameEpoch() {
        TestStores broker = broker(10);
        String epoch = broker.append(device, "a").epoch();
        assertThat(broker.append(device, "b", "c")).isEqualTo(new RingStore.Appended(epoch, 3, 2, 0));
        assertThat(broker.append(device, "d")).isEqualTo(new RingStore.Appended(epoch, 4, 1, 0));
        assertThat(broker.readAll(device)).containsExactly("a", "b", "c", "d");
    }

    @Test
    void append_oneEntryPastCapacity_evictsExactlyTheOldest() {
        TestStores broker = broker(3);
        broker.append(device, "a", "b", "c");
        broker.append(device, "d");
        assertThat(broker.readAll(device)).containsExactly("b", "c", "d");
        assertThat(broker.state(device).oldest()).isEqualTo(2);
        assertThat(broker.state(device).head()).isEqualTo(4);
    }

    @Test
    void append_partOfABatchEvicted_keepsTheRestOfIt() {
        TestStores broker = broker(4);
        broker.append(device, "a", "b", "c");
        broker.append(device, "d", "e", "f");
        assertThat(broker.readAll(device)).containsExactly("c", "d", "e", "f");
        assertThat(broker.read(device, 4, 2, MAX)).containsExactly("d", "e");
    }

    @Test
    void append_moreThanCapacityAtOnce_keepsExactlyTheNewest() {
        TestStores broker = broker(1000);
        broker.append(device, "first");
        String[] lines =
                IntStream.rangeClosed(1, 10_000).mapToObj(i -> "line " + i).toArray(String[]::new);
        RingStore.Appended appended = broker.append(device, lines);
        assertThat(appended.stored()).isEqualTo(10_000);
        assertThat(appended.head()).isEqualTo(10_001);
        assertThat(broker.state(device).oldest()).isEqualTo(9_002);
        List<String> kept = broker.readAll(device);
        assertThat(kept).hasSize(1000).startsWith("line 9001").endsWith("line 10000");
    }

    @Test
    void append_withCapacityOne_keepsTheLast() {
        TestStores broker = broker(1);
        broker.append(device, "a", "b");
        broker.append(device, "c");
        assertThat(broker.readAll(device)).containsExactly("c");
        assertThat(broker.state(device))
                .extracting(RingState::oldest, RingState::head)
                .containsExactly(3L, 3L);
    }

    @Test
    void append_beyondTheBytes_evictsTheOldestUntilASixteenthIsFree() {
        TestStores broker = broker(new RingOptions(1000, 64 * 1024, LONG));
        var random = new Random(5);
        List<String> kept = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            // So large that each is an announcement of its own.
            String[] batch = IntStream.range(0, i % 5 == 0 ? 1 + random.nextInt(30) : 1)
                    .mapToObj(n -> "x".repeat(4_100 + random.nextInt(10_000)))
                    .toArray(String[]::new);
            appendAndKeep(broker, kept, 1000, batch);
        }
    }

    @Test
    void append_ofFewLargeEntriesAmongSmallOnes_evictsByWhicheverLimitIsReached() {
        TestStores broker = broker(new RingOptions(100, 64 * 1024, LONG));
        var random = new Random(6);
        List<String> kept = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            // First none that is above its share of the bytes, then many, then few.
            boolean large = i > 150 && random.nextInt(i < 250 ? 5 : 15) == 0;
            appendAndKeep(
                    broker, kept, 100, "x".repeat(large ? 4_100 + random.nextInt(10_000) : 500 + random.nextInt(150)));
        }
    }

    private void appendAndKeep(TestStores broker, List<String> kept, int capacity, String... batch) {
        long head = broker.append(device, batch).head();
        kept.addAll(List.of(batch));
        while (kept.size() > capacity) {
            kept.remove(0);
        }
        if (bytes(kept) > 64 * 1024) {
            while (bytes(kept) > 60 * 1024) {
                kept.remove(0);
            }
        }
        assertThat(broker.state(device).oldest()).isEqualTo(head - kept.size() + 1);
        assertThat(broker.readAll(device)).isEqualTo(kept);
    }

    private static int bytes(List<String> lines) {
        return lines.stream().mapToInt(line -> line.length() + 1).sum();
    }

    @Test
    void append_ofOneEntryBeyondTheBytes_keepsIt() {
        TestStores broker = broker(new RingOptions(1000, 64 * 1024, LONG));
        broker.append(device, "before");
        String large = "x".repeat(200_000);
        broker.append(device, large);
        assertThat(broker.readAll(device)).containsExactly(large);
        assertThat(broker.state(device).oldest()).isEqualTo(2);
        broker.append(device, "after");
        assertThat(broker.readAll(device)).containsExactly("after");
    }

    @Test
    void append_ofSmallEntriesBeyondTheBytes_keepsAboutThatMuch() {
        TestStores broker = broker(new RingOptions(100_000, 64 * 1024, LONG));
        String[] lines = IntStream.range(0, 50).mapToObj(i -> "x".repeat(199)).toArray(String[]::new);
        for (int i = 1; i <= 40; i++) {
            broker.append(device, lines);
            assertThat(bytes(broker.readAll(device))).isBetween(Math.min(i * 10_000, 52 * 1024), 64 * 1024);
        }
    }

    @Test
    void append_ofLargeEntriesWithinTheBytes_keepsExactlyTheCapacity() {
        TestStores broker = broker(new RingOptions(6, 64 * 1024, LONG));
        for (int i = 1; i <= 40; i++) {
            broker.append(device, "x".repeat(10_900));
            assertThat(broker.readAll(device)).hasSize(Math.min(i, 6));
        }
    }

    @Test
    void append_afterClear_hasAllTheBytesAgain() {
        TestStores broker = broker(new RingOptions(1000, 64 * 1024, LONG));
        String line = "x".repeat(10_000);
        for (int i = 0; i < 6; i++) {
            broker.append(device, line);
        }
        broker.wait(broker.ring().clear(device));
        for (int i = 0; i < 6; i++) {
            broker.append(device, line);
        }
        assertThat(broker.readAll(device)).hasSize(6);
        broker.append(device, line);
        assertThat(broker.readAll(device)).hasSize(6);
    }

    @Test
    void append_toTwoDevices_numbersThemApart() {
        TestStores broker = broker(10);
        broker.append(device, "a", "b");
        broker.append(other, "x");
        assertThat(broker.append(device, "c").head()).isEqualTo(3);
        assertThat(broker.readAll(other)).containsExactly("x");
        assertThat(broker.state(device).epoch())
                .isNotEqualTo(broker.state(other).epoch());
    }

    @Test
    void append_anyText_comesOutAsItWentIn() {
        TestStores broker = broker(10);
        String[] lines = {
            "{\"message\":\"\\u0000 \\n \\u001b[31m\"}",
            "grüße 日本語 🚂",
            "a\u007fb\u2028",
            "",
            "$1",
            "%d %s {}",
            "ends\\"
        };
        broker.append(device, lines);
        assertThat(broker.readAll(device)).containsExactly(lines);
    }

    @Test
    void append_entriesWhoseLastNewlineIsMissing_storesAllOfThem() {
        TestStores broker = broker(10);
        byte[] text = "one\ntwo".getBytes(StandardCharsets.UTF_8);
        broker.append(device, Batch.of(Entries.unpack(text, 0, text.length)));
        assertThat(broker.readAll(device)).containsExactly("one", "two");
    }

    @Test
    void append_ofASlice_storesOnlyTheSlice() {
        TestStores broker = broker(10);
        broker.append(device, Batch.of(TestStores.entries("a", "b", "c", "d").slice(1, 3)));
        assertThat(broker.readAll(device)).containsExactly("b", "c");
    }

    @Test
    void read_fromOffset_givesConsecutiveEntries() {
        TestStores broker = broker(10);
        broker.append(device, "a", "b", "c");
        broker.append(device, "d", "e");
        Page page = broker.page(device, 2, 3, MAX);
        assertThat(page.first()).isEqualTo(2);
        assertThat(TestStores.lines(page.entries())).containsExactly("b", "c", "d");
    }

    @Test
    void read_beforeTheOldest_beginsWithTheOldest() {
        TestStores broker = broker(2);
        broker.append(device, "a", "b", "c", "d");
        Page page = broker.page(device, 1, 10, MAX);
        assertThat(page.first()).isEqualTo(3);
        assertThat(TestStores.lines(page.entries())).containsExactly("c", "d");
    }

    @Test
    void read_inPages_seesEachEntryOnce() {
        TestStores broker = broker(1000);
        String[] lines = IntStream.range(0, 700).mapToObj(Integer::toString).toArray(String[]::new);
        broker.append(device, lines);
        List<String> read = new ArrayList<>();
        for (int from = 1; from <= 700; from += 130) {
            read.addAll(broker.read(device, from, 130, MAX));
        }
        assertThat(read).containsExactly(lines);
    }

    @Test
    void read_ofBatchesOfAnySize_isWhatAListWouldGive() {
        TestStores broker = broker(60);
        var random = new Random(7);
        List<String> all = new ArrayList<>();
        for (int i = 0; i < 120; i++) {
            String[] batch = IntStream.range(0, random.nextInt(4) == 0 ? 1 + random.nextInt(150) : 1)
                    .mapToObj(n -> "x".repeat(random.nextInt(300)))
                    .toArray(String[]::new);
            broker.append(device, batch);
            all.addAll(List.of(batch));
            int oldest = Math.max(0, all.size() - 60);
            int from = oldest + random.nextInt(all.size() - oldest);
            int count = 1 + random.nextInt(60);
            Page page = broker.page(device, from + 1, count, MAX);
            assertThat(page.first()).isEqualTo(from + 1);
            assertThat(TestStores.lines(page.entries()))
                    .isEqualTo(all.subList(from, Math.min(all.size(), from + count)));
        }
        assertThat(broker.readAll(device)).isEqualTo(all.subList(all.size() - 60, all.size()));
    }

    @Test
    void read_pastMaxBytes_stopsAfterTheEntryThatReachesThem() {
        TestStores broker = broker(10);
        broker.append(device, "12345", "12345", "12345", "12345");
        assertThat(broker.read(device, 1, 10, 1)).hasSize(1);
        assertThat(broker.read(device, 1, 10, 6)).hasSize(1);
        assertThat(broker.read(device, 1, 10, 7)).hasSize(2);
        assertThat(broker.read(device, 1, 10, MAX)).hasSize(4);
    }

    @Test
    void read_pastTheHead_givesNoEntriesButTheState() {
        TestStores broker = broker(10);
        String epoch = broker.append(device, "a").epoch();
        Page page = broker.page(device, 2, 10, MAX);
        assertThat(page.entries().isEmpty()).isTrue();
        assertThat(page.state()).isEqualTo(new RingState(epoch, 1, 1, 0, "", 0));
        assertThat(broker.page(device, 1_000_000, 10, MAX).entries().isEmpty()).isTrue();
    }

    @Test
    void state_namesWhatPositionsShareWithTheRing() {
        TestStores broker = broker(10);
        String epoch = broker.append(device, "a", "b").epoch();
        RingState state = broker.state(device);
        assertThat(state.sharedWith(epoch))
                .as("its own epoch reaches up to the head")
                .isEqualTo(2);
        assertThat(state.sharedWith("unknown")).isZero();
        assertThat(RingState.NONE.sharedWith(epoch)).isZero();
    }

    @Test
    void read_ofUnknownDevice_givesNoRing() {
        TestStores broker = broker(10);
        Page page = broker.page(device, 1, 10, MAX);
        assertThat(page.state()).isEqualTo(RingState.NONE);
        assertThat(page.state().exists()).isFalse();
        assertThat(page.entries().isEmpty()).isTrue();
    }

    @Test
    void state_ofKnownDevice_readsNoEntries() {
        TestStores broker = broker(10);
        String epoch = broker.append(device, "a", "b").epoch();
        assertThat(broker.page(device, 1, 0, 0))
                .satisfies(page -> assertThat(page.entries().isEmpty()).isTrue())
                .extracting(Page::state)
                .isEqualTo(new RingState(epoch, 2, 1, 0, "", 0));
    }

    @Test
    void clear_thenAppend_goesOnNumbering() {
        TestStores broker = broker(10);
        String epoch = broker.append(device, "a", "b").epoch();
        RingState cleared = broker.wait(broker.ring().clear(device));
        assertThat(cleared).isEqualTo(new RingState(epoch, 2, 3, 2, "", 0));
        assertThat(broker.readAll(device)).isEmpty();
        assertThat(broker.append(device, "c")).isEqualTo(new RingStore.Appended(epoch, 3, 1, 0));
        assertThat(broker.readAll(device)).containsExactly("c");
        assertThat(broker.state(device)).isEqualTo(new RingState(epoch, 3, 3, 2, "", 0));
    }

    @Test
    void clear_ofUnknownDevice_leavesNoRing() {
        TestStores broker = broker(10);
        assertThat(broker.wait(broker.ring().clear(device))).isEqualTo(RingState.NONE);
        assertThat(broker.state(device)).isEqualTo(RingState.NONE);
    }

    @Test
    void clear_whileWatched_isAnnounced() {
        TestStores broker = broker(10);
        String epoch = broker.append(device, "a", "b").epoch();
        WatchRecorder heard = broker.watch(device);
        heard.awaitReady();
        broker.wait(broker.ring().clear(device));
        await().atMost(10, SECONDS)
                .untilAsserted(() -> assertThat(heard.all()).contains(new Announcement.Cleared(epoch, 2)));
    }

    @Test
    void producer_resendingABatch_storesItOnce() {
        TestStores broker = broker(10);
        broker.append(device, produced("p", 1, "a", "b"));
        RingStore.Appended again = broker.append(device, produced("p", 1, "a", "b"));
        assertThat(again)
                .extracting(RingStore.Appended::head, RingStore.Appended::stored, RingStore.Appended::deduplicated)
                .containsExactly(2L, 0, 2);
        assertThat(broker.readAll(device)).containsExactly("a", "b");
    }

    @Test
    void producer_resendingPartOfABatch_storesTheRest() {
        TestStores broker = broker(10);
        broker.append(device, produced("p", 1, "a", "b"));
        RingStore.Appended again = broker.append(device, produced("p", 2, "b", "c", "d"));
        assertThat(again)
                .extracting(RingStore.Appended::head, RingStore.Appended::stored, RingStore.Appended::deduplicated)
                .containsExactly(4L, 2, 1);
        assertThat(broker.readAll(device)).containsExactly("a", "b", "c", "d");
    }

    @Test
    void producer_resendingThroughAnotherBroker_storesItOnce() {
        TestStores first = broker(10);
        TestStores second = broker(10);
        first.append(device, produced("p", 1, "a", "b"));
        assertThat(second.append(device, produced("p", 1, "a", "b", "c")).stored())
                .isEqualTo(1);
        assertThat(first.readAll(device)).containsExactly("a", "b", "c");
    }

    @Test
    void producer_withNumbersBeyondDoubles_isComparedExactly() {
        TestStores broker = broker(10);
        long last = (1L << 53) + 1;
        broker.append(device, produced("p", last - 1, "a", "b"));
        assertThat(broker.append(device, produced("p", last, "b", "c")).stored())
                .isEqualTo(1);
        assertThat(broker.append(device, produced("p", Long.MAX_VALUE, "z")).stored())
                .isEqualTo(1);
        assertThat(broker.readAll(device)).containsExactly("a", "b", "c", "z");
    }

    @Test
    void producer_twoOfThem_areKeptApart() {
        TestStores broker = broker(10);
        broker.append(device, produced("p", 5, "a"));
        assertThat(broker.append(device, produced("q", 1, "b")).stored()).isEqualTo(1);
    }

    @Test
    void producer_ofAnotherDevice_isAnotherOne() {
        TestStores broker = broker(10);
        broker.append(device, produced("p", 1, "a"));
        assertThat(broker.append(other, produced("p", 1, "a")).stored()).isEqualTo(1);
    }

    @Test
    void producers_tooMany_theOldestIsForgottenAndTheNewestIsNot() {
        TestStores broker = broker(10);
        for (int i = 0; i < 1400; i++) {
            broker.append(device, produced("p" + i, 1, "line"));
        }
        assertThat(broker.append(device, produced("p1399", 1, "line")).stored()).isZero();
        assertThat(broker.append(device, produced("p400", 1, "line")).stored()).isZero();
        assertThat(broker.append(device, produced("p0", 1, "line")).stored()).isEqualTo(1);
    }

    @Test
    void producer_amongManyWriters_isNotForgotten() {
        TestStores broker = broker(10);
        broker.append(device, produced("p", 1, "a"));
        for (int i = 0; i < 300; i++) {
            broker.append(device, written("w" + i, 1, "line"));
        }
        assertThat(broker.append(device, produced("p", 1, "a")).stored()).isZero();
    }

    @Test
    void writer_amongManyProducers_isNotForgotten() {
        TestStores broker = broker(10);
        RingStore.Appended first = broker.append(device, written("w", 1, "a"));
        for (int i = 0; i < 300; i++) {
            broker.append(device, produced("p" + i, 1, "line"));
        }
        assertThat(broker.append(device, written("w", 1, "a"))).isEqualTo(first);
    }

    @Test
    void writer_repeatingAnAppend_getsTheSameAnswerAndStoresNothing() {
        TestStores broker = broker(10);
        RingStore.Appended first = broker.append(device, written("w", 1, "a", "b"));
        broker.append(device, "x");
        RingStore.Appended again = broker.append(device, written("w", 1, "a", "b"));
        assertThat(again).isEqualTo(first);
        assertThat(broker.readAll(device)).containsExactly("a", "b", "x");
    }

    @Test
    void writer_repeatingAnAppendOfAProducer_getsTheSameAnswer() {
        TestStores broker = broker(10);
        broker.append(device, produced("p", 1, "a"));
        Batch batch = new Batch("w", 1, "p", new long[] {1, 2}, TestStores.entries("a", "b"));
        RingStore.Appended first = broker.append(device, batch);
        assertThat(first)
                .extracting(RingStore.Appended::stored, RingStore.Appended::deduplicated)
                .containsExactly(1, 1);
        assertThat(broker.append(device, batch)).isEqualTo(first);
        assertThat(broker.readAll(device)).containsExactly("a", "b");
    }

    @Test
    void writer_goingOn_isStored() {
        TestStores broker = broker(10);
        broker.append(device, written("w", 1, "a"));
        broker.append(device, written("w", 2, "a"));
        assertThat(broker.append(device, written("v", 1, "a")).stored()).isEqualTo(1);
        assertThat(broker.readAll(device)).containsExactly("a", "a", "a");
    }

    @Test
    void watch_ofAKnownDevice_receivesReadyFirstThenEveryAppend() {
        TestStores broker = broker(10);
        String epoch = broker.append(device, "a").epoch();
        WatchRecorder heard = broker.watch(device);
        heard.awaitReady();
        for (int i = 2; i <= 50; i++) {
            broker.append(device, "line " + i);
        }
        heard.awaitHead(epoch, 50);
        assertThat(heard.all().get(0)).isEqualTo(new Announcement.Ready(new RingState(epoch, 1, 1, 0, "", 0)));
        assertThat(heard.offsets())
                .containsExactlyElementsOf(LongStream.rangeClosed(2, 50).boxed().toList());
        assertThat(heard.lines()).startsWith("line 2").endsWith("line 50");
    }

    @Test
    void watch_ofAnUnknownDevice_receivesItsFirstEntry() {
        TestStores broker = broker(10);
        WatchRecorder heard = broker.watch(device);
        heard.awaitReady();
        assertThat(heard.all()).containsExactly(new Announcement.Ready(RingState.NONE));
        String epoch = broker.append(device, "a").epoch();
        heard.awaitHead(epoch, 1);
        assertThat(heard.lines()).containsExactly("a");
    }

    @Test
    void watch_throughAnotherBroker_receivesEveryAppend() {
        TestStores writer = broker(10);
        TestStores reader = broker(10);
        WatchRecorder heard = reader.watch(device);
        heard.awaitReady();
        String epoch = writer.append(device, "a", "b").epoch();
        writer.append(device, "c");
        heard.awaitHead(epoch, 3);
        assertThat(heard.lines()).containsExactly("a", "b", "c");
    }

    @Test
    void watch_moreThanCapacityAtOnce_receivesAllOfIt() {
        TestStores broker = broker(5);
        WatchRecorder heard = broker.watch(device);
        heard.awaitReady();
        String[] lines = IntStream.range(0, 3000).mapToObj(Integer::toString).toArray(String[]::new);
        heard.awaitHead(broker.append(device, lines).epoch(), 3000);
        assertThat(heard.lines()).containsExactly(lines);
    }

    @Test
    void watch_ofOneDevice_receivesNothingOfAnother() {
        TestStores broker = broker(10);
        WatchRecorder heard = broker.watch(device);
        WatchRecorder others = broker.watch(other);
        heard.awaitReady();
        others.awaitReady();
        broker.append(other, "x");
        String epoch = broker.append(device, "a").epoch();
        heard.awaitHead(epoch, 1);
        assertThat(heard.lines()).containsExactly("a");
    }

    @Test
    void watch_whileLinesAreAppended_missesNothingAfterItsFirstState() {
        TestStores broker = broker(1000);
        String epoch = broker.append(device, "0").epoch();
        List<Future<?>> appends = new ArrayList<>();
        List<WatchRecorder> watches = new ArrayList<>();
        for (int i = 1; i < 300; i++) {
            appends.add(broker.ring().append(device, Batch.of(TestStores.entries("line " + i))));
            if (i % 10 == 0) {
                watches.add(broker.watch(device));
            }
        }
        appends.forEach(append -> broker.wait(append));
        for (WatchRecorder heard : watches) {
            heard.awaitReady();
            heard.awaitReach(300);
            assertThat(heard.holes()).isEmpty();
        }
        assertThat(broker.state(device).epoch()).isEqualTo(epoch);
    }

    @Test
    void watch_ofManyDevicesWhileLinesAreAppended_missesNothingAfterTheFirstStates() {
        TestStores broker = broker(100);
        List<Future<?>> appends = new ArrayList<>();
        List<WatchRecorder> watches = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            DeviceId one = new DeviceId("device-" + UUID.randomUUID());
            for (int line = 0; line < 15; line++) {
                if (line == 5) {
                    watches.add(broker.watch(one));
                }
                appends.add(broker.ring().append(one, Batch.of(TestStores.entries("line"))));
            }
            if (i % 20 == 0) {
                // No more in flight than a ring has to take.
                appends.forEach(append -> broker.wait(append));
                appends.clear();
            }
        }
        appends.forEach(append -> broker.wait(append));
        for (WatchRecorder heard : watches) {
            heard.awaitReady();
            heard.awaitReach(15);
            assertThat(heard.holes()).isEmpty();
        }
    }

    @Test
    void watch_closed_receivesNothingMore() {
        TestStores broker = broker(10);
        WatchRecorder closed = broker.watch(device);
        WatchRecorder open = broker.watch(device);
        closed.awaitReady();
        open.awaitReady();
        closed.close();
        closed.close();
        int before = closed.all().size();
        open.awaitHead(broker.append(device, "a").epoch(), 1);
        assertThat(closed.all()).hasSize(before);
    }

    @Test
    void watch_closedAndBegunAgain_receivesAgain() {
        TestStores broker = broker(10);
        for (int i = 1; i <= 20; i++) {
            WatchRecorder heard = broker.watch(device);
            heard.awaitReady();
            heard.awaitHead(broker.append(device, "line " + i).epoch(), i);
            heard.close();
        }
    }

    @Test
    void appends_fromSeveralEventLoops_areDenseAndAnnouncedInOrder() {
        TestStores broker = broker(2000);
        List<WatchRecorder> watches = List.of(broker.watch(device), broker.watch(device), broker.watch(device));
        watches.forEach(WatchRecorder::awaitReady);
        List<Future<?>> appends = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            Batch batch = Batch.of(TestStores.entries("a" + i, "b" + i));
            appends.add(broker.onLoop(i % 2, ring -> ring.append(device, batch)));
        }
        appends.forEach(append -> broker.wait(append));
        RingState state = broker.state(device);
        assertThat(state.head()).isEqualTo(800);
        for (WatchRecorder heard : watches) {
            heard.awaitHead(state.epoch(), 800);
            assertThat(heard.offsets())
                    .containsExactlyElementsOf(
                            LongStream.rangeClosed(1, 800).boxed().toList());
            assertThat(heard.lines()).containsExactlyElementsOf(broker.read(device, 1, 2000, MAX));
        }
    }

    @Test
    void expiry_afterSilence_beginsANewEpochFromOne() {
        TestStores broker = broker(new RingOptions(10, Duration.ofMillis(300)));
        String epoch = broker.append(device, "a", "b").epoch();
        await().atMost(10, SECONDS).until(() -> !broker.state(device).exists());
        RingStore.Appended next = broker.append(device, "c");
        assertThat(next.epoch()).isNotEqualTo(epoch);
        assertThat(next.head()).isEqualTo(1);
        assertThat(broker.readAll(device)).containsExactly("c");
    }

    @Test
    void expiry_whileLinesArrive_doesNotHappen() {
        TestStores broker = broker(new RingOptions(10, Duration.ofMillis(600)));
        String epoch = broker.append(device, "a").epoch();
        await().pollInterval(Duration.ofMillis(20))
                .during(Duration.ofSeconds(2))
                .atMost(Duration.ofSeconds(10))
                .until(() -> broker.append(device, "line").epoch().equals(epoch));
        assertThat(broker.readAll(device)).hasSize(10);
    }

    @Test
    void expiry_afterClearAndAppend_takesTheEntriesToo() {
        TestStores broker = broker(new RingOptions(10, Duration.ofMillis(500)));
        String epoch = broker.append(device, "a").epoch();
        broker.wait(broker.ring().clear(device));
        broker.append(device, "b");
        await().atMost(10, SECONDS).until(() -> !broker.state(device).exists());
        assertThat(broker.append(device, "c").epoch()).isNotEqualTo(epoch);
        assertThat(broker.readAll(device)).containsExactly("c");
    }

    // ---- devices

    private static Future<Void> report(
            TestStores broker, Collection<DeviceId> active, Collection<DeviceId> joined, Collection<DeviceId> left) {
        return broker.stores().devices().report(new Sightings(active, joined, left, () -> joined));
    }

    private static @Nullable KnownDevice find(TestStores broker, DeviceId device) {
        return broker.wait(broker.stores().devices().device(device));
    }

    private static boolean isOnline(TestStores broker, DeviceId device) {
        KnownDevice known = find(broker, device);
        return known != null && known.online();
    }

    /** All pages after a mark. */
    private static List<Changes> pages(TestStores broker, @Nullable Mark after, int most) {
        List<Changes> pages = new ArrayList<>();
        Mark mark = after;
        do {
            Changes page = broker.wait(broker.stores().devices().changes(mark, most));
            pages.add(page);
            mark = page.mark();
        } while (!pages.get(pages.size() - 1).last());
        return pages;
    }

    private static List<DeviceId> names(List<Changes> pages) {
        return pages.stream()
                .flatMap(page -> page.devices().stream())
                .map(KnownDevice::device)
                .toList();
    }

    private static Mark end(List<Changes> pages) {
        return pages.get(pages.size() - 1).mark();
    }

    @Test
    void report_makesDevicesKnown_andThoseConnectedOnline() {
        TestStores broker = broker(10);
        broker.wait(report(broker, List.of(device), List.of(other), List.of()));
        assertThat(isOnline(broker, device)).isFalse();
        assertThat(isOnline(broker, other)).isTrue();
        assertThat(requireNonNull(find(broker, other)).lastSeen())
                .isBetween(System.currentTimeMillis() - 10_000, System.currentTimeMillis());
        assertThat(find(broker, new DeviceId("never-" + UUID.randomUUID()))).isNull();
        assertThat(names(pages(broker, null, 500))).contains(device, other);
    }

    @Test
    void report_ofTheSilentDevice_isNotNeededAgain() {
        TestStores broker = broker(10);
        broker.wait(report(broker, List.of(), List.of(device), List.of()));
        broker.wait(report(broker, List.of(), List.of(), List.of()));
        assertThat(isOnline(broker, device)).isTrue();
    }

    @Test
    void report_ofTheDeviceThatLeft_isOfflineAtOnce_andStillKnown() {
        TestStores broker = broker(10);
        broker.wait(report(broker, List.of(), List.of(device, other), List.of()));
        Mark before = end(pages(broker, null, 500));
        broker.wait(report(broker, List.of(), List.of(), List.of(device)));
        assertThat(isOnline(broker, device)).isFalse();
        assertThat(isOnline(broker, other)).isTrue();
        assertThat(find(broker, device)).isNotNull();
        assertThat(names(pages(broker, before, 500))).contains(device);
    }

    @Test
    void changes_ofManyDevices_comeInPages_eachOnce() {
        TestStores broker = broker(10);
        String group = "many-" + UUID.randomUUID() + "-";
        Set<DeviceId> many =
                IntStream.range(0, 2500).mapToObj(i -> new DeviceId(group + i)).collect(Collectors.toSet());
        broker.wait(report(broker, many, List.of(), List.of()));
        List<Changes> pages = pages(broker, null, 100);
        assertThat(pages).allMatch(page -> page.devices().size() <= 100);
        assertThat(names(pages).stream().filter(many::contains)).hasSize(2500).doesNotHaveDuplicates();
    }

    @Test
    void changes_afterAMark_areThoseSince() {
        TestStores broker = broker(10);
        broker.wait(report(broker, List.of(device), List.of(), List.of()));
        AtomicReference<Mark> mark = new AtomicReference<>(end(pages(broker, null, 500)));
        // What was seen within the millisecond of the mark comes again.
        await().until(() -> {
            List<Changes> since = pages(broker, mark.get(), 500);
            mark.set(end(since));
            return !names(since).contains(device);
        });
        broker.wait(report(broker, List.of(other), List.of(), List.of()));
        assertThat(names(pages(broker, mark.get(), 500))).contains(other).doesNotContain(device);
    }

    @Test
    void count_isOfAllDevices_untilTheyArePurged() {
        TestStores broker = broker(new RingOptions(10, Duration.ofMillis(200)));
        int before = count(broker);
        broker.wait(report(broker, List.of(device, other), List.of(), List.of()));
        broker.wait(report(broker, List.of(device), List.of(), List.of()));
        assertThat(count(broker)).isEqualTo(before + 2);
        await().atMost(10, SECONDS).until(() -> {
            broker.wait(broker.stores().devices().purge());
            return count(broker) <= before;
        });
    }

    private static int count(TestStores broker) {
        return broker.wait(broker.stores().devices().count());
    }

    @Test
    void seenLongAgo_isForgotten_unlessConnected() {
        TestStores broker = broker(new RingOptions(10, Duration.ofMillis(200)));
        broker.wait(report(broker, List.of(device), List.of(other), List.of()));
        await().atMost(10, SECONDS).until(() -> find(broker, device) == null);
        broker.wait(broker.stores().devices().purge());
        assertThat(names(pages(broker, null, 500))).doesNotContain(device);
        assertThat(isOnline(broker, other)).isTrue();
        assertThat(names(pages(broker, null, 500)))
                .as("purged, and not forgotten")
                .contains(other);
    }

    // ---- fleets

    private final FleetId fleet = new FleetId("fleet-" + UUID.randomUUID());
    private final FleetId otherFleet = new FleetId(fleet + "-2"); // the name of one begins with the other's

    private static boolean assign(TestStores broker, DeviceId device, FleetId to, int most) {
        return broker.wait(broker.stores().fleets().assign(device, to, most));
    }

    private static List<DeviceId> devicesOf(TestStores broker, FleetId fleet, int most) {
        return broker.wait(broker.stores().fleets().devicesOf(fleet, most));
    }

    private static Map<DeviceId, FleetId> fleetsOf(TestStores broker, DeviceId... devices) {
        return broker.wait(broker.stores().fleets().fleetsOf(List.of(devices)));
    }

    private static int sizeOf(TestStores broker, FleetId fleet) {
        List<FleetStore.Fleet> fleets = broker.wait(broker.stores().fleets().fleets(null, 10_000));
        assertThat(fleets.stream().map(FleetStore.Fleet::name)).isSortedAccordingTo(FleetStore.ORDER);
        return fleets.stream()
                .filter(one -> one.name().equals(fleet))
                .mapToInt(FleetStore.Fleet::devices)
                .sum();
    }

    @Test
    void assign_toAFleet_isSeenFromEverySide() {
        TestStores broker = broker(10);
        assertThat(assign(broker, device, fleet, 10)).isTrue();
        assertThat(assign(broker, device, fleet, 10)).isTrue();
        assertThat(fleetsOf(broker, device, other)).isEqualTo(Map.of(device, fleet));
        assertThat(devicesOf(broker, fleet, 10)).containsExactly(device);
        assertThat(devicesOf(broker, otherFleet, 10)).isEmpty();
        assertThat(sizeOf(broker, fleet)).isOne();
        Map<DeviceId, FleetId> elsewhere =
                broker.wait(broker.storesOn(1, stores -> stores.fleets().fleetsOf(List.of(device))));
        assertThat(elsewhere).containsEntry(device, fleet);
    }

    @Test
    void assign_toAnotherFleet_leavesTheFirst() {
        TestStores broker = broker(10);
        assign(broker, device, fleet, 10);
        assign(broker, other, otherFleet, 10);
        assign(broker, device, otherFleet, 10);
        assertThat(fleetsOf(broker, device)).containsEntry(device, otherFleet);
        assertThat(devicesOf(broker, fleet, 10)).isEmpty();
        assertThat(devicesOf(broker, otherFleet, 10)).containsExactlyInAnyOrder(device, other);
        assertThat(sizeOf(broker, fleet)).isZero();
        assertThat(sizeOf(broker, otherFleet)).isEqualTo(2);
    }

    @Test
    void assign_toNone_endsTheMembership() {
        TestStores broker = broker(10);
        assign(broker, device, fleet, 10);
        assertThat(assign(broker, device, null, 10)).isTrue();
        assertThat(assign(broker, device, null, 10)).isTrue();
        assertThat(fleetsOf(broker, device)).isEmpty();
        assertThat(devicesOf(broker, fleet, 10)).isEmpty();
        assertThat(sizeOf(broker, fleet)).isZero();
    }

    @Test
    void assign_toAFullFleet_changesNothing() {
        TestStores broker = broker(10);
        assign(broker, other, fleet, 1);
        assign(broker, device, otherFleet, 1);
        assertThat(assign(broker, device, fleet, 1)).isFalse();
        assertThat(fleetsOf(broker, device)).containsEntry(device, otherFleet);
        assertThat(devicesOf(broker, otherFleet, 10)).containsExactly(device);
        assertThat(assign(broker, other, fleet, 1)).isTrue(); // it is one of them
        assign(broker, other, null, 1);
        assertThat(assign(broker, device, fleet, 1)).isTrue();
    }

    @Test
    void devicesOf_manyDevices_areInOrderAndAsManyAsAsked() {
        TestStores broker = broker(10);
        List<DeviceId> many = IntStream.range(0, 1500)
                .mapToObj(i -> new DeviceId("d-" + i))
                .sorted()
                .toList();
        List<Future<Boolean>> assigned = many.stream()
                .map(one -> broker.stores().fleets().assign(one, fleet, 1500))
                .toList();
        broker.wait(Future.all(assigned));
        assertThat(devicesOf(broker, fleet, 10_000)).isEqualTo(many);
        assertThat(devicesOf(broker, fleet, 1000)).isEqualTo(many.subList(0, 1000));
        assertThat(devicesOf(broker, fleet, 3)).isEqualTo(many.subList(0, 3));
        assertThat(fleetsOf(broker, many.toArray(DeviceId[]::new))).hasSize(1500);
        List<Future<Boolean>> left = many.stream()
                .map(one -> broker.stores().fleets().assign(one, null, 1500))
                .toList();
        broker.wait(Future.all(left));
    }

    @Test
    void membership_outlivesTheRing() {
        TestStores broker = broker(new RingOptions(10, Duration.ofMillis(200)));
        assign(broker, device, fleet, 10);
        broker.append(device, "a");
        await().atMost(10, SECONDS).until(() -> !broker.state(device).exists());
        assertThat(fleetsOf(broker, device)).containsEntry(device, fleet);
    }

    protected static Batch produced(String producer, long first, String... lines) {
        long[] seqs =
                LongStream.iterate(first, seq -> seq + 1).limit(lines.length).toArray();
        return new Batch(null, 0, producer, seqs, TestStores.entries(lines));
    }

    protected static Batch written(String writer, long seq, String... lines) {
        return new Batch(writer, seq, null, new long[0], TestStores.entries(lines));
    }

    // ---- places

    @Test
    void places_areAddedInOrder_byACallerThatKnowsTheirCount() {
        TestStores broker = broker(10);
        String list = "list-" + UUID.randomUUID();
        assertThat(keep(broker, 0, list, 0, LONG, "a", "b")).isTrue();
        assertThat(keep(broker, 1, list, 2, LONG, "c")).isTrue();
        assertThat(kept(broker, list, 0, 10)).containsExactly("a", "b", "c");
        assertThat(kept(broker, list, 1, 1)).containsExactly("b");
        assertThat(kept(broker, list, 3, 5)).isEmpty();
        assertThat(keep(broker, 0, list, 2, LONG, "x")).as("added already").isFalse();
        assertThat(keep(broker, 0, list, 4, LONG, "x")).as("lost one").isFalse();
        assertThat(keep(broker, 0, list, 0, LONG, "x")).as("of another").isFalse();
        assertThat(kept(broker, list, 0, 10)).containsExactly("a", "b", "c");
        broker.wait(broker.storesOn(1, stores -> stores.places().remove(list)));
        assertThat(kept(broker, list, 0, 10)).isEmpty();
        assertThat(keep(broker, 0, list, 3, LONG, "x")).isFalse();
    }

    @Test
    void places_areKept_untilTheirTime() {
        TestStores broker = broker(10);
        String list = "list-" + UUID.randomUUID();
        assertThat(keep(broker, 0, list, 0, Duration.ofMillis(200), "a")).isTrue();
        await().atMost(10, SECONDS).until(() -> kept(broker, list, 0, 1).isEmpty());
        assertThat(keep(broker, 0, list, 1, LONG)).as("over").isFalse();
        assertThat(keep(broker, 0, list, 0, LONG, "b")).isTrue();
        assertThat(keep(broker, 0, list, 1, Duration.ofMillis(200)))
                .as("for less long")
                .isTrue();
        await().atMost(10, SECONDS).until(() -> kept(broker, list, 0, 1).isEmpty());
    }

    private static boolean keep(TestStores broker, int loop, String list, int length, Duration time, String... texts) {
        return broker.wait(broker.storesOn(loop, stores -> stores.places().append(list, length, List.of(texts), time)));
    }

    private static List<String> kept(TestStores broker, String list, int from, int count) {
        return broker.wait(broker.storesOn(1, stores -> stores.places().read(list, from, count)));
    }

    // ---- credentials

    @Test
    void credential_isKept_untilItsTime() {
        TestStores broker = broker(10);
        String name = "key:" + UUID.randomUUID();
        assertThat(credential(broker, name)).isNull();
        broker.wait(broker.storesOn(0, stores -> stores.credentials().put(name, "one", KeyValueStore.FOREVER)));
        assertThat(credential(broker, name)).isEqualTo("one");
        long soon = System.currentTimeMillis() + 200;
        broker.wait(broker.storesOn(0, stores -> stores.credentials().put(name, "two", soon)));
        await().atMost(10, SECONDS).until(() -> credential(broker, name) == null);
    }

    @Test
    void credential_whenTakenByManyAtOnce_goesToOne() {
        TestStores broker = broker(10);
        String name = "ticket:" + UUID.randomUUID();
        broker.wait(broker.storesOn(0, stores -> stores.credentials().put(name, "one", KeyValueStore.FOREVER)));
        List<Future<String>> takers = IntStream.range(0, 50)
                .mapToObj(i ->
                        broker.storesOn(i % 2, stores -> stores.credentials().take(name)))
                .toList();
        List<String> taken = takers.stream().map(broker::wait).toList();
        assertThat(taken).filteredOn("one"::equals).hasSize(1);
        assertThat(credential(broker, name)).isNull();
    }

    @Test
    void credential_whenRemoved_isGone() {
        TestStores broker = broker(10);
        String name = "key:" + UUID.randomUUID();
        broker.wait(broker.storesOn(0, stores -> stores.credentials().put(name, "one", KeyValueStore.FOREVER)));
        broker.wait(broker.storesOn(1, stores -> stores.credentials().remove(name)));
        assertThat(credential(broker, name)).isNull();
    }

    private static String credential(TestStores broker, String name) {
        return broker.wait(broker.storesOn(1, stores -> stores.credentials().get(name)));
    }

    @Test
    void list_showsMembers_untilTheyAreStruckOrOver() {
        TestStores broker = broker(10);
        String list = "list-" + UUID.randomUUID();
        long soon = System.currentTimeMillis() + 200;
        broker.wait(broker.storesOn(0, stores -> stores.credentials().enlist(list, "a", KeyValueStore.FOREVER)));
        broker.wait(broker.storesOn(0, stores -> stores.credentials().enlist(list, "b", soon + 60_000)));
        broker.wait(broker.storesOn(0, stores -> stores.credentials().enlist(list, "c", soon)));
        await().atMost(10, SECONDS)
                .untilAsserted(() -> assertThat(listed(broker, list)).containsExactlyInAnyOrder("a", "b"));
        broker.wait(broker.storesOn(1, stores -> stores.credentials().strike(list, "a")));
        assertThat(listed(broker, list)).containsExactly("b");
    }

    @Test
    void list_takesNoMoreThanItMay_ofManyAtOnce() {
        TestStores broker = broker(10);
        String list = "list-" + UUID.randomUUID();
        long later = System.currentTimeMillis() + 60_000;
        List<Future<Boolean>> asked = IntStream.range(0, 50)
                .mapToObj(i ->
                        broker.storesOn(i % 2, stores -> stores.credentials().enlist(list, "member-" + i, later, 7)))
                .toList();
        List<Boolean> taken = asked.stream().map(broker::wait).toList();
        assertThat(taken).filteredOn(Boolean::booleanValue).hasSize(7);
        String member = listed(broker, list).get(0);
        assertThat(enlisted(broker, list, member, later))
                .as("it is there already")
                .isTrue();
        broker.wait(broker.storesOn(0, stores -> stores.credentials().strike(list, member)));
        assertThat(enlisted(broker, list, "another", later)).isTrue();
    }

    private static boolean enlisted(TestStores broker, String list, String member, long until) {
        return broker.wait(broker.storesOn(0, stores -> stores.credentials().enlist(list, member, until, 7)));
    }

    @Test
    void revocations_areReadInTheirOrder_pageByPage_andOnlyThoseThatAreNew() {
        TestStores broker = broker(10);
        String mine = UUID.randomUUID() + ":";
        RevocationList.Page before = lastPage(broker, 0);
        long later = System.currentTimeMillis() + 600_000;
        List<Revocation> added = IntStream.range(0, RevocationList.PAGE + 3)
                .mapToObj(i -> new Revocation("jti:" + mine + i, i, i == 0 ? KeyValueStore.FOREVER : later + i))
                .toList();
        for (List<Revocation> part : List.of(
                added.subList(0, RevocationList.PAGE),
                added.subList(RevocationList.PAGE, added.size()),
                added.subList(0, 3))) {
            broker.wait(broker.storesOn(0, stores -> stores.revocations().add(part)));
        }
        boolean isSameLife = lastPage(broker, 0).life().equals(before.life()); // there may have been no list
        RevocationList.Page first = revocations(broker, isSameLife ? before.next() : 0, List.of());
        RevocationList.Page second = revocations(broker, first.next(), List.of());
        assertThat(first.more()).isTrue();
        assertThat(Stream.concat(first.entries().stream(), second.entries().stream()))
                .containsExactlyElementsOf(added);
        assertThat(second.last()).isEqualTo(second.next());
        assertThat(revocations(broker, second.next(), List.of()).entries()).isEmpty();
    }

    @Test
    void revocation_isRemoved_onlyWhenItHasEnded() {
        TestStores broker = broker(10);
        String mine = UUID.randomUUID() + ":";
        long now = System.currentTimeMillis();
        var ends = new Revocation("jti:" + mine + "ends", 0, now + 500);
        var stays = new Revocation("jti:" + mine + "stays", 0, now + 600_000);
        var ended = new Revocation("jti:" + mine + "ended", 0, now - 1000);
        broker.wait(broker.storesOn(0, stores -> stores.revocations().add(List.of(ends, stays, ended))));
        assertThat(allRevocations(broker)).contains(ends, stays).doesNotContain(ended);
        await().atMost(10, SECONDS).until(() -> {
            revocations(broker, 0, List.of(ends, stays)); // as a broker does whose clock is ahead
            return !allRevocations(broker).contains(ends);
        });
        assertThat(allRevocations(broker)).contains(stays);
    }

    private static RevocationList.Page revocations(TestStores broker, long number, List<Revocation> over) {
        return broker.wait(broker.storesOn(1, stores -> stores.revocations().readAfter(number, over)));
    }

    private static RevocationList.Page lastPage(TestStores broker, long number) {
        RevocationList.Page page = revocations(broker, number, List.of());
        while (page.more()) {
            page = revocations(broker, page.next(), List.of());
        }
        return page;
    }

    private static List<Revocation> allRevocations(TestStores broker) {
        List<Revocation> all = new ArrayList<>();
        RevocationList.Page page = revocations(broker, 0, List.of());
        all.addAll(page.entries());
        while (page.more()) {
            page = revocations(broker, page.next(), List.of());
            all.addAll(page.entries());
        }
        return all;
    }

    private static List<String> listed(TestStores broker, String list) {
        return broker.wait(broker.storesOn(1, stores -> stores.credentials().listed(list)));
    }
}
