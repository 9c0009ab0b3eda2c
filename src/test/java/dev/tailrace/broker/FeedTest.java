package dev.tailrace.broker;

import static dev.tailrace.testing.ScriptedRing.state;
import static dev.tailrace.testing.ScriptedRing.stored;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.re2j.Pattern;
import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.Announcement;
import dev.tailrace.storage.Page;
import dev.tailrace.storage.RingState;
import dev.tailrace.testing.ScriptedRing;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The part that all subscribers of one device share. */
@Tag("unit")
final class FeedTest extends BrokerTestBase {

    /** A new view each time, equal to the others. */
    private static View onlyX() {
        return new View(ValveSubscriber.Lines.PLAIN, Filter.of(new Condition.Finds(Pattern.compile("x"))));
    }

    private List<Reader> watchers(int count) {
        return IntStream.range(0, count).mapToObj(i -> watch(tail(0))).toList();
    }

    // ---- one buffer, one write

    @Test
    void liveSubscribersWithEqualViews_getTheSameBuffer() {
        List<Reader> all = watchers(5);
        Reader filtered = watch(tail(0), onlyX());
        Reader filteredToo = watch(tail(0), onlyX());
        ready(state("k", 5, 1));
        hear("k", 6, "a", "x");
        ByteBuf shared = all.get(0).subscriber().writes.get(0);
        all.forEach(reader ->
                assertThat(reader.subscriber().writes).hasSize(1).first().isSameAs(shared));
        assertThat(filtered.subscriber().writes).hasSize(1).first().isNotSameAs(shared);
        assertThat(filteredToo.subscriber().writes)
                .first()
                .isSameAs(filtered.subscriber().writes.get(0));
        assertThat(filtered.subscriber().seen).containsExactly("open k-5", "k-7=x");
    }

    @Test
    void announcementsOfOneTick_areOneWrite() {
        Reader reader = watch(tail(0));
        ready(state("k", 5, 1));
        announce(stored("k", 6, "a"), stored("k", 7, "b"), stored("k", 8, "c"));
        assertThat(reader.subscriber().seen).endsWith("k-6=a", "k-7=b", "k-8=c");
        assertThat(reader.subscriber().writes).hasSize(1);
    }

    @Test
    void manyBytesOfOneTick_areFlushedBeforeTheyGrowFurther() {
        Reader reader = watch(tail(0));
        ready(state("k", 0, 1));
        String quarter = "q".repeat(Feed.FLUSH_BYTES / 4);
        announce(
                stored("k", 1, quarter),
                stored("k", 2, quarter),
                stored("k", 3, quarter),
                stored("k", 4, quarter),
                stored("k", 5, "last"));
        await().atMost(10, SECONDS)
                .until(() -> on(() -> reader.subscriber().seen.size()) == 6);
        assertThat(reader.subscriber().writes).hasSize(2);
    }

    @Test
    void busyFeed_losesNothing() {
        List<Reader> readers = watchers(200);
        ready(state("k", 0, 1));
        for (int i = 1; i <= 100; i++) {
            hear("k", i, "m");
        }
        await().atMost(10, SECONDS)
                .until(() -> on(() -> readers.stream()
                        .allMatch(reader -> reader.subscriber().seen.size() == 101)));
    }

    // ---- announcements before the state

    @Test
    void announcedBeforeTheState_isReadOnceItIsKnown() {
        Reader reader = watch(after("k-4"));
        hear("k", 6, "f");
        ready(state("k", 5, 1));
        answer(state("k", 6, 1), 5, "e", "f");
        hear("k", 7, "g");
        assertThat(reader.subscriber().seen).containsExactly("open k-4", "k-5=e", "k-6=f", "k-7=g");
    }

    @Test
    void newEpochAnnouncedBeforeTheOldState_isVerified() {
        Reader reader = watch(tail(0));
        hear("m", 1, "x");
        ready(state("k", 5, 1));
        tick(() -> {
            var call = ring.nextStateCall();
            assertThat(call).isNotNull();
            call.answer(state("m", 1, 1));
        });
        answer(state("m", 1, 1));
        answer(state("m", 1, 1), 1, "x");
        assertThat(reader.subscriber().seen).containsExactly("open k-5", "gap k-6.. null epoch", "m-1=x");
    }

    @Test
    void readyWithAnOlderState_changesNothing() {
        Reader reader = watch(tail(0));
        ready(state("k", 5, 1));
        hear("k", 6, "f");
        ready(state("k", 5, 1));
        hear("k", 7, "g");
        assertThat(reader.subscriber().seen).containsExactly("open k-5", "k-6=f", "k-7=g");
        assertThat(ring.openReads()).isZero();
    }

    @Test
    void readyWithANewerState_isReadByAll() {
        List<Reader> readers = watchers(2);
        ready(state("k", 5, 1));
        ready(state("k", 6, 1));
        answer(state("k", 6, 1), 6, "f");
        answer(state("k", 6, 1), 6, "f");
        readers.forEach(reader -> assertThat(reader.subscriber().seen).containsExactly("open k-5", "k-6=f"));
    }

    // ---- joining and leaving

    @Test
    void lastSubscriberLeaves_watchEndsAndTheNextBeginsAnew() {
        Reader first = watch(tail(0));
        Reader second = watch(tail(0));
        assertThat(ring.watchers()).isEqualTo(1);
        assertThat(activity.of(DEVICE).watchers()).isEqualTo(2);
        ready(state("k", 5, 1));
        tick(first.cursor()::close);
        tick(first.cursor()::close);
        assertThat(ring.watchers()).isEqualTo(1);
        tick(second.cursor()::close);
        assertThat(ring.watchers()).isZero();
        assertThat(activity.of(DEVICE).watchers()).isZero();
        assertThat(metric("tailrace.subscribers", null, null)).isZero();

        Reader again = watch(after("k-5"));
        ready(state("k", 5, 1));
        hear("k", 6, "f");
        assertThat(again.subscriber().seen).containsExactly("open k-5", "k-6=f");
    }

    @Test
    void closedDuringARead_getsNothingMore() {
        Reader reader = watch(after("k-3"));
        ready(state("k", 5, 1));
        tick(reader.cursor()::close);
        answer(state("k", 5, 1), 4, "d", "e");
        assertThat(reader.subscriber().seen).containsExactly("open k-3");
    }

    @Test
    void closedBeforeItBegan_getsNothing() {
        ValveSubscriber subscriber = new ValveSubscriber();
        watch(tail(0));
        ready(state("k", 5, 1));
        tick(() -> broker.subscribe(DEVICE, tail(0), ALL, subscriber).close());
        hear("k", 6, "f");
        assertThat(subscriber.seen).isEmpty();
    }

    @Test
    void closingInsideEachCallback_affectsNoOtherReader() {
        List<Announcement> calls = List.of(
                new Announcement.Ready(state("k", 5, 1)),
                stored("k", 6, "f"),
                new Announcement.Cleared("k", 6),
                new Announcement.Unavailable(),
                new Announcement.Ready(new RingState("k", 6, 7, 6, "", 0)));
        for (int call = 0; call < calls.size(); call++) {
            closeInside(calls, call);
        }
    }

    private void closeInside(List<Announcement> calls, int when) {
        List<Reader> readers = watchers(6);
        List<Reader> leaving = List.of(readers.get(0), readers.get(2), readers.get(3), readers.get(5));
        for (int i = 0; i < calls.size(); i++) {
            if (i == when) {
                // Each closes itself and the other reader, from inside the broker's call.
                leaving.forEach(reader -> reader.subscriber().onCall = () -> {
                    reader.cursor().close();
                    readers.get(2).cursor().close();
                });
            }
            announce(calls.get(i));
        }
        hear("k", 7, "g");
        for (Reader staying : List.of(readers.get(1), readers.get(4))) {
            await().atMost(10, SECONDS)
                    .untilAsserted(() -> assertThat(new ArrayList<>(staying.subscriber().seen))
                            .as("closing in call %s", when)
                            .containsExactly("open k-5", "k-6=f", "clear k-6", "away", "back", "k-7=g"));
            tick(staying.cursor()::close);
        }
        leaving.forEach(reader -> assertThat(reader.subscriber().seen).doesNotContain("k-7=g"));
        assertThat(ring.watchers()).as("closing in call %s", when).isZero();
        assertThat(metric("tailrace.subscribers", null, null)).isZero();
    }

    @Test
    void lastSubscriberLeavesInsideAFlush_watchEnds() {
        Reader reader = watch(tail(0));
        ready(state("k", 5, 1));
        reader.subscriber().onCall = reader.cursor()::close;
        hear("k", 6, "f");
        assertThat(ring.watchers()).isZero();
    }

    @Test
    void subscribingInsideAFlush_startsAfterIt() {
        Reader reader = watch(tail(0));
        ready(state("k", 5, 1));
        ValveSubscriber late = new ValveSubscriber();
        reader.subscriber().onCall = () -> {
            reader.subscriber().onCall = null;
            broker.subscribe(DEVICE, tail(0), ALL, late);
        };
        hear("k", 6, "f");
        hear("k", 7, "g");
        await().atMost(10, SECONDS)
                .untilAsserted(() -> assertThat(new ArrayList<>(late.seen)).containsExactly("open k-6", "k-7=g"));
    }

    // ---- exceptions

    /** Encodes like the others, except one entry. */
    private record Failing(String message) implements Encoding {
        @Override
        public void append(EncodeBuffer out, String epoch, long offset, byte[] bytes, int start, int end) {
            if (new String(bytes, start, end - start, UTF_8).contains(message)) {
                throw new IllegalStateException("made to fail");
            }
            ValveSubscriber.Lines.PLAIN.append(out, epoch, offset, bytes, start, end);
        }

        @Override
        public ByteBuf pack(EncodeBuffer entries) {
            return ValveSubscriber.Lines.PLAIN.pack(entries);
        }
    }

    @Test
    void throwingInsideEachCallback_endsThatReaderOnly() {
        List<Announcement> calls = List.of(
                new Announcement.Ready(state("k", 5, 1)),
                stored("k", 6, "f"),
                new Announcement.Cleared("k", 6),
                new Announcement.Unavailable(),
                new Announcement.Ready(new RingState("k", 6, 7, 6, "", 0)));
        for (int call = 0; call < calls.size(); call++) {
            throwInside(calls, call, new IllegalStateException("made to fail"));
            throwInside(calls, call, new OutOfMemoryError("Cannot reserve 9 bytes of direct buffer memory"));
        }
        assertThat(metric("tailrace.subscribers.evicted", "reason", "failed")).isEqualTo(2 * 3 * calls.size());
    }

    private void throwInside(List<Announcement> calls, int when, Throwable failure) {
        List<Reader> readers = watchers(6);
        List<Reader> failing = List.of(readers.get(0), readers.get(3), readers.get(5));
        for (int i = 0; i < calls.size(); i++) {
            if (i == when) {
                failing.forEach(reader -> reader.subscriber().onCall = () -> sneak(failure));
            }
            announce(calls.get(i));
        }
        hear("k", 7, "g");
        for (Reader staying : List.of(readers.get(1), readers.get(2), readers.get(4))) {
            assertThat(staying.subscriber().seen)
                    .as("throwing in call %s", when)
                    .containsExactly("open k-5", "k-6=f", "clear k-6", "away", "back", "k-7=g");
            tick(staying.cursor()::close);
        }
        assertThat(failing)
                .allSatisfy(reader -> assertThat(reader.subscriber().seen)
                        .as("ended in call %s", when)
                        .endsWith("failed"));
        assertThat(ring.watchers()).as("after call %s", when).isZero();
        assertThat(metric("tailrace.subscribers", null, null)).isZero();
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneak(Throwable failure) throws T {
        throw (T) failure;
    }

    @Test
    void viewThatThrows_endsItsReadersOnly() {
        Reader plain = watch(tail(0));
        Reader failing = watch(tail(0), new View(new Failing("bad"), null));
        Reader failingToo = watch(tail(0), new View(new Failing("bad"), null));
        Reader last = watch(tail(0));
        ready(state("k", 5, 1));
        hear("k", 6, "good");
        hear("k", 7, "bad");
        hear("k", 8, "good");
        for (Reader other : List.of(plain, last)) {
            assertThat(other.subscriber().seen).containsExactly("open k-5", "k-6=good", "k-7=bad", "k-8=good");
        }
        for (Reader ended : List.of(failing, failingToo)) {
            assertThat(ended.subscriber().seen).containsExactly("open k-5", "k-6=good", "failed");
        }
    }

    @Test
    void throwingWhileAPageIsHandedOut_leavesTheGateAndTheOthers() {
        for (int i = 0; i < 2 * ReadGate.CAPACITY; i++) {
            Reader failing = watch(after("k-4"), new View(new Failing("e"), null));
            Reader other = watch(after("k-4"));
            ready(state("k", 5, 1));
            while (ring.openReads() > 0) {
                answer(state("k", 5, 1), 5, "e");
            }
            assertThat(failing.subscriber().seen).containsExactly("open k-4", "failed");
            assertThat(other.subscriber().seen).containsExactly("open k-4", "k-5=e");
            tick(other.cursor()::close);
        }
    }

    @Test
    void throwingBeforeAReadBegins_endsThatReaderOnly() {
        // As many reads as the gate allows, and one that waits for two readers of which one throws.
        List<Reader> first = IntStream.range(0, ReadGate.CAPACITY)
                .mapToObj(i -> watch(after("k-" + i)))
                .toList();
        Reader failing = watch(after("k-90"));
        Reader other = watch(after("k-90"));
        ready(state("k", 100, 1));
        failing.subscriber().onAsked = () -> sneak(new IllegalStateException("made to fail"));
        while (on(ring::openReads) > 0) {
            answerUpTo(100);
        }
        assertThat(failing.subscriber().seen).containsExactly("open k-90", "failed");
        assertThat(other.subscriber().seen).hasSize(11).endsWith("k-100=m");
        assertThat(first)
                .allSatisfy(reader -> assertThat(reader.subscriber().seen).endsWith("k-100=m"));
    }

    @Test
    void throwingWhenItComesToAFeedThatIsReady_endsThatReaderOnly() {
        Reader first = watch(tail(0));
        ready(state("k", 5, 1));
        announce(new Announcement.Unavailable());
        for (String call : List.of("storage", "open")) {
            ValveSubscriber failing = new ValveSubscriber();
            failing.onCall = () -> sneak(new IllegalStateException("made to fail"));
            tick(() -> broker.subscribe(DEVICE, tail(0), ALL, failing));
            assertThat(failing.seen).as(call).hasSize(2).endsWith("failed");
            announce(new Announcement.Ready(state("k", 5, 1))); // after this the first call is another one
        }
        hear("k", 6, "f");
        assertThat(first.subscriber().seen).containsExactly("open k-5", "away", "back", "k-6=f");
        assertThat(metric("tailrace.subscribers", null, null)).isEqualTo(1);
    }

    @Test
    void errorThatMayNotBeCaught_leavesTheFlushesOfTheOthers() {
        Reader failing = watch(tail(0));
        Reader other = watch(tail(0));
        ready(state("k", 5, 1));
        failing.subscriber().onCall = () -> sneak(new OutOfMemoryError("Java heap space"));
        hear("k", 6, "f");
        hear("k", 7, "g");
        assertThat(failing.subscriber().seen).endsWith("failed");
        assertThat(other.subscriber().seen).containsExactly("open k-5", "k-6=f", "k-7=g");
    }

    @Test
    void ringThatThrows_isReadAgain() {
        Reader reader = watch(after("k-4"));
        ring.throwing(true);
        ready(state("k", 5, 1));
        announce(new Announcement.Missed());
        assertThat(reader.subscriber().seen).containsExactly("open k-4");
        ring.throwing(false);
        await().atMost(10, SECONDS).until(() -> on(ring::openReads) > 0);
        answer(state("k", 5, 1), 5, "e");
        assertThat(reader.subscriber().seen).containsExactly("open k-4", "k-5=e");
        await().atMost(10, SECONDS)
                .until(() -> on(() -> {
                    var call = ring.nextStateCall();
                    if (call != null) {
                        call.answer(state("k", 6, 1));
                    }
                    return call != null;
                }));
        answer(state("k", 6, 1), 6, "f");
        assertThat(reader.subscriber().seen).containsExactly("open k-4", "k-5=e", "k-6=f");
    }

    @Test
    void announcementThatCannotBeHandled_isReadInstead() {
        Reader reader = watch(tail(0));
        ready(state("k", 5, 1));
        announce(new Announcement.Stored("k", 6, null));
        tick(() -> ring.nextStateCall().answer(state("k", 6, 1)));
        answer(state("k", 6, 1), 6, "f");
        hear("k", 7, "g");
        assertThat(reader.subscriber().seen).containsExactly("open k-5", "k-6=f", "k-7=g");
    }

    @Test
    void pageThatCannotBeHandled_isReadAgain() {
        Reader reader = watch(after("k-4"));
        Reader other = watch(after("k-4"));
        ready(state("k", 5, 1));
        while (on(ring::openReads) > 0) {
            tick(() -> ring.nextRead().answer(new Page(state("k", 5, 1), 5, null)));
        }
        await().atMost(10, SECONDS).until(() -> on(ring::openReads) > 0);
        await().atMost(10, SECONDS)
                .until(() -> on(() -> {
                            while (ring.openReads() > 0) {
                                ring.nextRead().answer(state("k", 5, 1), 5, "e");
                            }
                            return served(List.of(reader, other), 2);
                        })
                        == 2);
        assertThat(reader.subscriber().seen).containsExactly("open k-4", "k-5=e");
    }

    @Test
    void missedAnnouncements_areRead() {
        Reader reader = watch(tail(0));
        ready(state("k", 5, 1));
        announce(new Announcement.Missed());
        tick(() -> ring.nextStateCall().fail(new IllegalStateException("asked again later")));
        await().atMost(10, SECONDS)
                .until(() -> on(() -> {
                    var call = ring.nextStateCall();
                    if (call != null) {
                        call.answer(state("k", 7, 1));
                    }
                    return call != null;
                }));
        await().atMost(10, SECONDS).until(() -> on(ring::openReads) > 0);
        answer(state("k", 7, 1), 6, "f", "g");
        assertThat(reader.subscriber().seen).containsExactly("open k-5", "k-6=f", "k-7=g");
    }

    // ---- slices

    private List<Reader> watchersWithViewsOfTheirOwn(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> watch(tail(0), new View(new Failing("never " + i), null)))
                .toList();
    }

    @Test
    void flushLongerThanASlice_stopsBetweenReadersAndGoesOn() {
        List<Reader> readers = watchersWithViewsOfTheirOwn(7);
        ready(state("k", 5, 1));
        var chunk = new Chunk(6, ScriptedRing.entries("f"));
        List<Cursor> cursors = readers.stream().map(Reader::cursor).toList();
        tick(() -> {
            var flush = new Handover("k", 6, 6, List.of(chunk), broker.encodeBuffer(), broker.streamBudget());
            long[] now = {0};
            List<Integer> served = new ArrayList<>();
            boolean finished;
            do {
                finished = flush.goOn(cursors, new Slice(() -> now[0] += Slice.NANOS / 2));
                served.add((int) readers.stream()
                        .filter(reader -> reader.subscriber().seen.size() == 2)
                        .count());
            } while (!finished);
            // The clock is read after each, because each encodes; every second time the slice is over.
            assertThat(served).containsExactly(2, 4, 6, 7);
            flush.release();
        });
    }

    @Test
    void flushInSlices_withAllThatHappensMeanwhile_losesNothing() {
        List<Reader> readers = watchersWithViewsOfTheirOwn(40);
        ready(state("k", 0, 1));
        step = Slice.NANOS / 3;
        on(() -> {
            ring.announce(stored("k", 1, "a"));
            return true;
        });
        on(() -> {
            ring.announce(stored("k", 2, "b"));
            readers.get(39).cursor().close();
            readers.get(20).cursor().drained();
            return true;
        });
        Reader late = watch(after("k-0"));
        await().atMost(10, SECONDS)
                .until(() -> on(() -> {
                    while (ring.openReads() > 0) {
                        ring.nextRead().answer(state("k", 2, 1), 1, "a", "b");
                    }
                    return late.subscriber().seen.size() == 3
                            && readers.subList(0, 39).stream()
                                    .allMatch(one -> one.subscriber().seen.size() == 3);
                }));
        assertThat(readers.subList(0, 39))
                .allSatisfy(
                        reader -> assertThat(reader.subscriber().seen).containsExactly("open k-0", "k-1=a", "k-2=b"));
        on(() -> {
            ring.announce(stored("k", 3, "c"));
            return true;
        });
        announce(new Announcement.Cleared("k", 3));
        assertThat(readers.subList(0, 39))
                .as("what was stored before is reported before")
                .allSatisfy(reader -> assertThat(reader.subscriber().seen).endsWith("k-3=c", "clear k-3"));
    }

    /**
     * Runs so many tasks of the loop in a row that it checks no timer between them.
     *
     * @return how many readers are served at the end of them, before the loop checks its timers
     */
    private long withoutATimer(List<Reader> readers, Runnable first) {
        CompletableFuture<Long> last = new CompletableFuture<>();
        on(() -> {
            first.run();
            chain(30, readers, last);
            return true;
        });
        return last.orTimeout(10, SECONDS).join();
    }

    private void chain(int tasks, List<Reader> readers, CompletableFuture<Long> last) {
        if (tasks == 0) {
            last.complete(served(readers, 2));
        } else {
            broker.context().runOnContext(nothing -> chain(tasks - 1, readers, last));
        }
    }

    private static long served(List<Reader> readers, int events) {
        return readers.stream()
                .filter(reader -> reader.subscriber().seen.size() == events)
                .count();
    }

    @Test
    void flushInSlices_letsTheLoopReadItsSocketsInBetween() {
        List<Reader> readers = watchersWithViewsOfTheirOwn(40);
        ready(state("k", 0, 1));
        step = Slice.NANOS;
        assertThat(withoutATimer(readers, () -> ring.announce(stored("k", 1, "a"))))
                .as("goes on after a timer, not with the next task")
                .isLessThan(20);
        await().atMost(10, SECONDS).until(() -> on(() -> served(readers, 2)) == 40);
    }

    @Test
    void manyBytesWhileAFlushGoesOn_areHandedOverAtOnce() {
        List<Reader> readers = watchersWithViewsOfTheirOwn(40);
        ready(state("k", 0, 1));
        step = Slice.NANOS;
        String message = "m".repeat(Feed.FLUSH_BYTES / 4);
        long served = on(() -> {
            ring.announce(stored("k", 1, "a"));
            for (int i = 2; i < 2 + 2 * Feed.PENDING_BYTES / message.length(); i++) {
                ring.announce(stored("k", i, message));
            }
            return readers.stream()
                    .filter(reader -> reader.subscriber().seen.size() > 1)
                    .count();
        });
        assertThat(served).as("whatever the slices are").isEqualTo(40);
    }

    @Test
    void flushOfManyFeeds_stopsBetweenThem() {
        List<Reader> readers = IntStream.range(0, 40)
                .mapToObj(i -> {
                    ValveSubscriber subscriber = new ValveSubscriber();
                    DeviceId device = new DeviceId("d" + i);
                    return new Reader(subscriber, on(() -> broker.subscribe(device, tail(0), ALL, subscriber)));
                })
                .toList();
        ready(state("k", 0, 1));
        step = Slice.NANOS;
        assertThat(withoutATimer(readers, () -> ring.announce(stored("k", 1, "a")))) // to all devices
                .isLessThan(20);
        await().atMost(10, SECONDS).until(() -> on(() -> served(readers, 2)) == 40);
    }

    @Test
    void pageForMany_isHandedOutInSlices() {
        List<Reader> readers =
                IntStream.range(0, 300).mapToObj(i -> watch(after("k-4"))).toList();
        ready(state("k", 5, 1));
        step = Slice.NANOS;
        // Of the first two, because one came while the read of the others was in flight.
        long served = withoutATimer(readers, () -> {
            while (ring.openReads() > 0) {
                ring.nextRead().answer(state("k", 5, 1), 5, "e");
            }
        });
        assertThat(served).isLessThan(200);
        await().atMost(10, SECONDS)
                .until(() -> on(() -> {
                            while (ring.openReads() > 0) {
                                ring.nextRead().answer(state("k", 5, 1), 5, "e");
                            }
                            return served(readers, 2);
                        })
                        == 300);
    }

    // ---- costly filters

    /** So costly that it is not applied on the event loop. */
    private static View costly(String wanted) {
        return new View(
                ValveSubscriber.Lines.PLAIN,
                Filter.of(new Condition.Finds(Pattern.compile("(?:a?){200}(?:b?){200}" + wanted))));
    }

    @Test
    void costlyFilter_isAppliedElsewhere_andOthersDoNotWaitForIt() {
        String padding = "-".repeat(1000);
        Reader plain = watch(tail(0));
        List<Reader> slow = List.of(watch(tail(0), costly("x")), watch(tail(0), costly("x")));
        ready(state("k", 5, 1));
        tick(() -> {
            ring.announce(stored("k", 6, "x" + padding, "y" + padding));
            ring.announce(stored("k", 8, "x" + padding));
        });
        assertThat(plain.subscriber().seen).hasSize(4);
        for (int i = 9; i < 20; i++) {
            hear("k", i, (i % 2 == 0 ? "x" : "y") + padding);
        }
        await().atMost(20, SECONDS)
                .until(() -> on(() -> slow.stream()
                        .allMatch(reader -> reader.cursor().position().offset() == 19
                                && !reader.cursor().isBehind())));
        assertThat(ring.openReads()).as("all of it is in the tail").isZero();
        assertThat(slow)
                .allSatisfy(reader -> assertThat(reader.subscriber().seen.stream()
                                .map(seen -> seen.replace(padding, ""))
                                .toList())
                        .containsExactly(
                                "open k-5", "k-6=x", "k-8=x", "k-10=x", "k-12=x", "k-14=x", "k-16=x", "k-18=x"));
        assertThat(plain.subscriber().seen).hasSize(15);
    }

    @Test
    void throwingWhenACostlyFilterWasApplied_endsThatReaderOnly() {
        Reader failing = watch(tail(0), costly("x"));
        Reader other = watch(tail(0), costly("x"));
        ready(state("k", 5, 1));
        failing.subscriber().onCall = () -> sneak(new IllegalStateException("made to fail"));
        hear("k", 6, "x" + "-".repeat(3000));
        await().atMost(20, SECONDS).until(() -> on(() -> served(List.of(failing), 3) + served(List.of(other), 2)) == 2);
        assertThat(failing.subscriber().seen).endsWith("failed");
        assertThat(metric("tailrace.subscribers", null, null)).isEqualTo(1);
    }

    @Test
    void subscribersOfOneCallerThatAskForTheSame_shareTheWork_andThoseOfAnotherDoNot() {
        String message = "x" + "-".repeat(3000);
        List<Reader> readers =
                IntStream.range(0, 6).mapToObj(i -> watch(tail(0), costly("x"))).toList();
        readers.get(5).subscriber().caller = "another";
        ready(state("k", 5, 1));
        hear("k", 6, message);
        tick(readers.get(0).cursor()::close); // does not end it for the others
        await().atMost(20, SECONDS).until(() -> on(() -> served(readers.subList(1, 6), 2)) == 5);
        assertThat(registry.get("tailrace.filter").timer().count()).isEqualTo(2);
    }

    @Test
    void callerWithManyCostlyFilters_leavesRoomForAnother() {
        String message = "-".repeat(3000);
        List<Reader> readers = IntStream.range(0, 4 * FilterRoom.PER_CALLER)
                .mapToObj(i -> watch(tail(0), costly("-|" + i)))
                .collect(Collectors.toCollection(ArrayList::new));
        Reader one = watch(tail(0), costly("-"));
        one.subscriber().caller = "another";
        readers.add(one);
        ready(state("k", 5, 1));
        List<Reader> served = new ArrayList<>();
        readers.forEach(reader -> reader.subscriber().onCall = () -> served.add(reader));
        on(() -> {
            ring.announce(stored("k", 6, message));
            return true;
        });
        await().atMost(60, SECONDS).until(() -> on(served::size) == readers.size());
        assertThat(served.indexOf(one))
                .as("after those of the first that have room, at most")
                .isLessThanOrEqualTo(FilterRoom.PER_CALLER);
    }

    @Test
    void readerWithACostlyFilter_canLeaveAnyTime() {
        String message = "-".repeat(2000);
        for (int i = 0; i < 20; i++) {
            Reader reader = watch(tail(0), costly("x"));
            ready(state("k", 5, 1));
            hear("k", 6, message);
            tick(reader.cursor()::close);
        }
        await().atMost(20, SECONDS).until(() -> !on(() -> broker.filters().isBusy()));
        assertThat(ring.watchers()).isZero();
        assertThat(metric("tailrace.subscribers", null, null)).isZero();
    }

    // ---- the number of reads

    @Test
    void readersThatLagAtManyPlaces_readOnlySoManyAtATime() {
        List<Reader> readers =
                IntStream.range(0, 100).mapToObj(i -> watch(after("k-" + i))).toList();
        ready(state("k", 100, 1));
        assertThat(ring.openReads()).isEqualTo(ReadGate.CAPACITY);
        tick(readers.get(99).cursor()::close);
        for (int i = 0; i < 99; i++) {
            assertThat(ring.openReads()).isLessThanOrEqualTo(ReadGate.CAPACITY);
            answerUpTo(100);
        }
        assertThat(ring.openReads()).as("who has left reads nothing").isZero();
        for (int i = 0; i < 99; i++) {
            assertThat(readers.get(i).subscriber().seen).hasSize(1 + 100 - i).endsWith("k-100=m");
        }
    }

    @Test
    void manyCursorsOfOneSubscriber_readNoMoreOnceItIsFull() {
        ValveSubscriber subscriber = new ValveSubscriber();
        subscriber.shared = true;
        List<Cursor> cursors = IntStream.range(0, 100)
                .mapToObj(i -> on(() -> broker.subscribe(DEVICE, after("k-" + i), ALL, subscriber)))
                .toList();
        ready(state("k", 100, 1));
        tick(() -> subscriber.full = true);
        for (int i = 0; i < ReadGate.CAPACITY; i++) {
            answerUpTo(100);
        }
        assertThat(ring.openReads()).as("of those that had asked before").isZero();
        assertThat(subscriber.writes).hasSize(ReadGate.CAPACITY);
        assertThat(subscriber.missed).hasSize(100 - ReadGate.CAPACITY);
        tick(() -> subscriber.full = false);
        for (int i = 0; i < 100; i++) {
            tick(cursors.get(i)::drained);
            while (ring.openReads() > 0) {
                answerUpTo(100);
            }
        }
        assertThat(cursors).as("each has all").allMatch(cursor -> !cursor.isBehind());
    }

    /** The first read gets all that follows. */
    private void answerUpTo(long head) {
        tick(() -> {
            ScriptedRing.Read read = ring.nextRead();
            String[] messages = new String[(int) (head - read.from() + 1)];
            Arrays.fill(messages, "m");
            read.answer(state("k", head, 1), read.from(), messages);
        });
    }

    @Test
    void failedReads_leaveTheGateToo() {
        IntStream.range(0, ReadGate.CAPACITY + 1).forEach(i -> watch(after("k-" + i)));
        ready(state("k", 99, 1));
        announce(new Announcement.Unavailable()); // so that no cursor tries again
        for (int i = 0; i <= ReadGate.CAPACITY; i++) {
            tick(() -> ring.nextRead().unavailable());
        }
        ready(state("k", 99, 1));
        assertThat(ring.openReads()).isEqualTo(ReadGate.CAPACITY);
    }

    @Test
    void manyReadersThatLagAtOnePlace_shareWhatIsReadAndEncoded() {
        List<Reader> readers =
                IntStream.range(0, 50).mapToObj(i -> watch(after("k-3"))).toList();
        ready(state("k", 5, 1));
        assertThat(ring.openReads()).isEqualTo(1);
        answer(state("k", 5, 1), 4, "d", "e");
        assertThat(ring.openReads())
                .as("the second is for all who came after the first")
                .isEqualTo(1);
        answer(state("k", 5, 1), 4, "d", "e");
        assertThat(ring.openReads()).isZero();
        assertThat(readers)
                .allSatisfy(
                        reader -> assertThat(reader.subscriber().seen).containsExactly("open k-3", "k-4=d", "k-5=e"));
        ByteBuf second = readers.get(1).subscriber().writes.get(0);
        assertThat(readers.subList(1, 50))
                .allSatisfy(reader ->
                        assertThat(reader.subscriber().writes).singleElement().isSameAs(second));
    }

    @Test
    void manyReadersThatLagAtOnePlace_readFails_allTryAgain() {
        List<Reader> readers =
                IntStream.range(0, 3).mapToObj(i -> watch(after("k-4"))).toList();
        ready(state("k", 5, 1));
        tick(() -> ring.nextRead().unavailable());
        tick(() -> ring.nextRead().unavailable());
        await().atMost(10, SECONDS)
                .until(() -> on(() -> {
                    while (ring.openReads() > 0) {
                        ring.nextRead().answer(state("k", 5, 1), 5, "e");
                    }
                    return readers.stream().noneMatch(reader -> reader.cursor().isBehind());
                }));
        assertThat(readers)
                .allSatisfy(reader -> assertThat(reader.subscriber().seen).containsExactly("open k-4", "k-5=e"));
    }

    @Test
    void requestDuringARead_isNotAnsweredWithOlderEntries() {
        Reader before = watch(tail(2));
        ready(state("k", 5, 1));
        announce(new Announcement.Cleared("k", 5));
        Reader after = watch(tail(2));
        ScriptedRing.Read older = ring.nextRead();
        tick(() -> older.answer(state("k", 5, 1), 4, "d", "e"));
        answer(new RingState("k", 5, 6, 5, "", 0));
        assertThat(before.subscriber().seen).containsExactly("open k-3", "k-4=d", "k-5=e", "clear k-5");
        assertThat(after.subscriber().seen).as("cleared before it came").containsExactly("open k-3");
    }

    @Test
    void joiningWhatOthersRead_asksTheRingOnlyWhereItBegins() {
        watch(tail(0));
        watch(tail(5));
        ready(state("k", 5, 1));
        answer(state("k", 5, 1), 1, "a", "b", "c", "d", "e");
        Reader late = watch(tail(5));
        ScriptedRing.Read read = ring.nextRead();
        assertThat(read.maxEntries()).isZero();
        tick(() -> read.answer(state("k", 7, 3), 3));
        assertThat(ring.openReads()).isZero();
        hear("k", 6, "f", "g");
        assertThat(late.subscriber().seen)
                .as("of what the others had read, only what the ring still keeps")
                .containsExactly("open k-0", "k-3=c", "k-4=d", "k-5=e", "k-6=f", "k-7=g");
    }

    @Test
    void onlySubscriber_whatItReadIsNotKept() {
        watch(tail(5));
        ready(state("k", 5, 1));
        answer(state("k", 5, 1), 1, "a", "b", "c", "d", "e");
        watch(tail(5));
        assertThat(ring.nextRead().maxEntries()).isPositive();
    }
}
