package dev.tailrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.auth.Fleets;
import dev.tailrace.broker.Activity;
import dev.tailrace.broker.Broker;
import dev.tailrace.broker.BrokerMeters;
import dev.tailrace.broker.FilterShares;
import dev.tailrace.broker.StreamBudget;
import dev.tailrace.metrics.Metrics;
import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.model.Entry;
import dev.tailrace.model.Line;
import dev.tailrace.storage.EndOfTick;
import dev.tailrace.storage.RingStore;
import dev.tailrace.storage.RingUnavailableException;
import dev.tailrace.testing.NamedDevices;
import dev.tailrace.testing.ScriptedRing;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class LineSinkTest {

    private static final Account ACCOUNT = new Account("one of many devices", Account.NARROW);
    private static final DeviceId DEVICE = new DeviceId("d");
    private static final int WINDOW_LINES = 20;
    private static final int WINDOW_BYTES = 1024 * 1024;
    private static final int MAX_DEVICES = 2;
    private static final long PENDING_BYTES = 8 * 1024 * 1024;

    private final Vertx vertx = Vertx.vertx();
    private final Context loop = vertx.getOrCreateContext();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final PendingBudget budget = new PendingBudget(PENDING_BYTES);
    private ScriptedRing ring = new ScriptedRing();
    private final NamedDevices directory = new NamedDevices();
    private final Metrics metrics = new Metrics(registry);
    private final IngestMeters meters = new IngestMeters(metrics);
    private final DeviceLimit deviceLimit = new DeviceLimit(MAX_DEVICES, meters);
    private Duration retry = Duration.ZERO;
    private Rates.Share share = new Rates.Share(0, 0);
    private IngestServices ingest;
    private LineSink sink;

    // The reports to the sender; touched on the event loop only.
    private final List<Long> acks = new ArrayList<>();
    private final List<String> rejections = new ArrayList<>();
    private final List<Throwable> failures = new ArrayList<>();
    private int drains;
    private int refusals;

    @AfterEach
    void close() throws TimeoutException {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    // ---- appends

    @Test
    void linesWhileAnAppendIsInFlight_formTheNextBatch() {
        open(LineSink.OnUnavailable.RETRY, null);
        send("a");
        ScriptedRing.Append first = ring.nextAppend();
        send("b");
        send("c", "d");

        assertThat(messages(first)).containsExactly("a");
        assertThat(ring.hasAppend()).isFalse();

        first.stored();
        assertThat(messages(ring.nextAppend())).containsExactly("b", "c", "d");
        assertThat(onLoop(() -> acks)).isEmpty(); // no line was numbered
    }

    @Test
    void piecesOfOneTick_areOneAppend() {
        open(LineSink.OnUnavailable.RETRY, null);
        on(() -> {
            for (String piece : new String[] {"a", "b", "c"}) {
                sink.accept(Line.of(piece), Batch.NO_SEQ);
                sink.flushLater();
                assertThat(ring.hasAppend()).isFalse();
            }
            assertThat(budget.bytes()).isPositive();
        });

        ScriptedRing.Append append = ring.nextAppend();
        assertThat(messages(append)).containsExactly("a", "b", "c");

        on(() -> {
            sink.accept(Line.of("d"), Batch.NO_SEQ);
            sink.flushLater();
        });
        append.stored();
        assertThat(messages(ring.nextAppend())).containsExactly("d");
    }

    @Test
    void batch_hasAtMostAThousandLines() {
        open(LineSink.OnUnavailable.RETRY, null);
        on(() -> {
            for (int i = 0; i < 2500; i++) {
                sink.accept(Line.of("line " + i), Batch.NO_SEQ);
            }
            sink.flush();
        });

        List<String> stored = new ArrayList<>();
        for (int size : new int[] {1000, 1000, 500}) {
            ScriptedRing.Append append = ring.nextAppend();
            assertThat(messages(append)).hasSize(size);
            stored.addAll(messages(append));
            append.stored();
        }
        assertThat(stored).hasSize(2500).startsWith("line 0", "line 1").endsWith("line 2498", "line 2499");
    }

    @Test
    void batch_endsWithTheLineThatReachesItsBytes() {
        open(LineSink.OnUnavailable.RETRY, null);
        String large = "x".repeat(60_000);
        send(large, large, large, large, large, large);

        ScriptedRing.Append first = ring.nextAppend();
        first.stored();
        ScriptedRing.Append second = ring.nextAppend();

        assertThat(messages(first)).hasSize(5);
        assertThat(messages(second)).hasSize(1);
    }

    @Test
    void storageThatAnswersAtOnce_isNotCalledFromWithinItself() {
        ring = new ScriptedRing() {
            @Override
            public Future<RingStore.Appended> append(DeviceId device, Batch batch) {
                int size = batch.entries().size();
                return Future.succeededFuture(new RingStore.Appended("e", size, size, 0));
            }
        };
        open(LineSink.OnUnavailable.RETRY, null);
        on(() -> {
            for (int i = 0; i < 1_500_000; i++) {
                sink.accept(Line.of(""), Batch.NO_SEQ);
            }
            sink.flush();
        });

        assertThat(onLoop(sink::stored)).isEqualTo(1_500_000);
        assertThat(budget.bytes()).isZero();
    }

    // ---- back-pressure

    @Test
    void sink_withItsWindowFull_drainsWhenHalfOfItIsStored() {
        open(LineSink.OnUnavailable.RETRY, null);
        send("a");
        ScriptedRing.Append first = ring.nextAppend();
        for (int i = 2; i < WINDOW_LINES; i++) {
            send("b");
        }
        assertThat(isFull()).isFalse();
        send("c");
        assertThat(isFull()).isTrue();

        first.stored();
        ScriptedRing.Append second = ring.nextAppend();
        assertThat(isFull()).isTrue();
        assertThat(onLoop(() -> drains)).isZero();

        second.stored();
        on(() -> {});
        assertThat(isFull()).isFalse();
        assertThat(onLoop(() -> drains)).isEqualTo(1);
    }

    @Test
    void sink_withItsBytesFull_isFull() {
        open(LineSink.OnUnavailable.RETRY, null);
        send("x".repeat(60_000));
        ScriptedRing.Append append = ring.nextAppend();
        assertThat(isFull()).isFalse();
        for (int i = 0; i < 17; i++) {
            send("x".repeat(60_000));
        }
        assertThat(isFull()).isTrue();

        while (onLoop(() -> drains) == 0) {
            append.stored();
            append = ring.nextAppend();
        }
        assertThat(isFull()).isFalse();
        assertThat(budget.bytes()).isBetween(1L, WINDOW_BYTES / 2L);
    }

    @Test
    void nodeOverItsBudget_pausesEverySender_untilThereIsRoom() {
        open(LineSink.OnUnavailable.RETRY, null);
        AtomicInteger othersDrains = new AtomicInteger();
        LineSink idle = onLoop(() ->
                new LineSink(ingest, ACCOUNT, new DeviceId("idle"), LineSink.OnUnavailable.RETRY, null, new Hearing()));
        on(() -> idle.onDrain(othersDrains::incrementAndGet));
        send("a");
        budget.add(PENDING_BYTES + 1); // of another caller
        assertThat(isFull()).isTrue();
        assertThat(onLoop(idle::isFull)).isTrue();

        ring.nextAppend().stored();
        on(() -> {});
        assertThat(onLoop(() -> drains)).isZero(); // because the other caller still holds it
        assertThat(isFull()).isTrue();

        budget.add(-(PENDING_BYTES / 8 + 1));
        on(() -> {});
        assertThat(onLoop(() -> drains)).isZero(); // there is so little room that it would stop again at once
        budget.add(-PENDING_BYTES / 4);
        await().until(() -> onLoop(() -> drains) == 1 && othersDrains.get() == 1);
        assertThat(isFull()).isFalse();
        assertThat(onLoop(idle::isFull)).isFalse();
    }

    @Test
    void finishedSink_doesNotWaitForRoom() {
        open(LineSink.OnUnavailable.RETRY, null);
        budget.add(PENDING_BYTES + 1);
        assertThat(isFull()).isTrue();
        assertThat(finish().succeeded()).isTrue();
        budget.add(-(PENDING_BYTES + 1));
        on(() -> {});
        assertThat(onLoop(() -> drains)).isZero();
    }

    @Test
    void waitingSenders_continueAFewAtATime_asThereIsRoomForARead() {
        open(LineSink.OnUnavailable.RETRY, null);
        budget.add(PENDING_BYTES + 1);
        List<Integer> admitted = new ArrayList<>();
        on(() -> {
            PendingShare collector = budget.open(new Account("a collector", Account.WIDE));
            for (int i = 0; i < 500; i++) {
                int number = i;
                ingest.waitingSenders().await(collector, () -> {
                    admitted.add(number);
                    budget.add(64 * 1024); // as one read of a busy connection brings
                });
            }
        });
        budget.add(-(PENDING_BYTES / 4 + 1));
        await().until(() -> onLoop(() -> budget.isOverdrawn()));
        on(() -> {});
        assertThat(onLoop(() -> admitted.size())).isBetween(32, 34);
        assertThat(onLoop(() -> List.copyOf(admitted))).isSorted();
        assertThat(budget.bytes()).isLessThanOrEqualTo(PENDING_BYTES + 2 * 64 * 1024);
    }

    @Test
    void callerOnManyConnections_holdsItsShareOnly_whileStorageHangs_andOthersAreStored() {
        open(LineSink.OnUnavailable.RETRY, null);
        String piece = "x".repeat(10_000);
        List<LineSink> greedy = new ArrayList<>();
        on(() -> {
            for (int i = 0; i < 400; i++) {
                LineSink one = open(new DeviceId("greedy"), ACCOUNT);
                greedy.add(one);
                for (int pieces = 0; pieces < 10 && !one.isFull(); pieces++) {
                    one.accept(Line.of(piece), Batch.NO_SEQ);
                    one.flush();
                }
            }
        });
        assertThat(budget.bytes()).isBetween(PENDING_BYTES / 4, PENDING_BYTES / 4 + LineSink.BATCH_BYTES);
        assertThat(onLoop(() -> ingest.budget().isOverdrawn(ACCOUNT))).isTrue();
        assertThat(onLoop(() -> greedy.get(399).isFull()))
                .as("it holds nothing")
                .isTrue();

        Account modest = new Account("another caller", Account.NARROW);
        assertThat(onLoop(() -> ingest.budget().isOverdrawn(modest))).isFalse();
        on(() -> sink = open(DEVICE, modest));
        assertThat(isFull()).isFalse();
        send("a small line");
        ScriptedRing.Append append = ring.nextAppend();
        while (!append.device().equals(DEVICE)) {
            append = ring.nextAppend();
        }
        append.stored();
        on(() -> {});
        assertThat(onLoop(sink::stored)).isEqualTo(1);
    }

    @Test
    void callerWithMoreThanItsShare_goesOnWhenEnoughOfItsOwnIsStored() {
        open(LineSink.OnUnavailable.RETRY, null);
        LineSink other = onLoop(() -> open(new DeviceId("other"), new Account("another caller", Account.WIDE)));
        PendingShare share = budget.open(ACCOUNT);
        on(() -> {
            other.accept(Line.of("it waits all the time"), Batch.NO_SEQ);
            other.flush();
        });
        share.add(PENDING_BYTES / 2);
        assertThat(isFull()).isTrue();
        assertThat(onLoop(other::isFull)).isFalse();

        share.remove(PENDING_BYTES / 4);
        assertThat(isFull()).isTrue(); // it would stop again at once
        share.remove(PENDING_BYTES / 8);
        await().until(() -> onLoop(() -> drains) == 1);
        assertThat(isFull()).isFalse();
        share.remove(PENDING_BYTES / 8);
    }

    @Test
    void waitingCallers_areServedRoundRobin_howeverManyConnectionsTheyHave() {
        open(LineSink.OnUnavailable.RETRY, null);
        PendingShare many = budget.open(new Account("many connections", Account.WIDE));
        PendingShare one = budget.open(new Account("one connection", Account.NARROW));
        PendingShare over = budget.open(new Account("more than its share", Account.NARROW));
        over.add(PENDING_BYTES / 2);
        budget.add(PENDING_BYTES);
        List<String> admitted = new ArrayList<>();
        on(() -> {
            ingest.waitingSenders().await(over, () -> admitted.add("over"));
            for (int i = 0; i < 500; i++) {
                ingest.waitingSenders().await(many, () -> {
                    admitted.add("many");
                    many.add(70 * 1024);
                });
            }
            ingest.waitingSenders().await(one, () -> admitted.add("one"));
        });
        budget.add(-PENDING_BYTES);
        await().until(() -> onLoop(() -> admitted.contains("one") && many.isOverdrawn()));
        assertThat(onLoop(() -> admitted.indexOf("one"))).isLessThanOrEqualTo(64);
        assertThat(onLoop(() -> List.copyOf(admitted))).doesNotContain("over");
        over.remove(PENDING_BYTES / 2);
        await().until(() -> onLoop(() -> admitted.contains("over")));
    }

    @Test
    void callerWithoutSenders_isForgotten() {
        open(LineSink.OnUnavailable.RETRY, null);
        LineSink second = onLoop(() -> open(new DeviceId("second"), ACCOUNT));
        send("a");
        assertThat(budget.callers()).isEqualTo(1);
        Future<Void> finished = finish();
        on(second::finish);
        assertThat(budget.callers()).as("a line of it waits").isEqualTo(1);
        ring.nextAppend().stored();
        await().until(finished::succeeded);
        assertThat(budget.callers()).isZero();
    }

    private LineSink open(DeviceId device, Account account) {
        return new LineSink(ingest, account, device, LineSink.OnUnavailable.RETRY, null, new Hearing());
    }

    @Test
    void budget_countsTheSizeOfArrays() {
        open(LineSink.OnUnavailable.RETRY, "p");
        sendNumbered(1);
        ScriptedRing.Append append = ring.nextAppend();
        Entries entries = append.batch().entries();
        long inFlight = entries.room() + append.batch().seqs().length * 8L;
        assertThat(budget.bytes()).isEqualTo(inFlight).isGreaterThan(entries.byteSize());

        sendNumbered(2);
        assertThat(budget.bytes()).isGreaterThanOrEqualTo(inFlight + entries.byteSize() + 16 * 4 + 16 * 8);
        append.stored();
        ring.nextAppend().stored();
        on(() -> {});
        assertThat(budget.bytes()).isZero();
    }

    // ---- storage unavailable

    @Test
    void storageUnavailable_theSameBatchIsOfferedAgain() {
        open(LineSink.OnUnavailable.RETRY, null);
        send("a");
        ScriptedRing.Append first = ring.nextAppend();
        send("b");
        first.unavailable();

        ScriptedRing.Append second = ring.nextAppend();
        assertThat(second.batch()).isSameAs(first.batch());
        second.unavailable();
        ScriptedRing.Append third = ring.nextAppend();
        assertThat(third.batch()).isSameAs(first.batch());
        assertThat(third.batch().writer()).isNotEmpty().hasSizeLessThanOrEqualTo(32);
        third.stored();

        ScriptedRing.Append next = ring.nextAppend();
        assertThat(messages(next)).containsExactly("b");
        assertThat(next.batch().writer()).isEqualTo(third.batch().writer());
        assertThat(next.batch().writerSeq()).isEqualTo(third.batch().writerSeq() + 1);
        next.stored();
        on(() -> {});
        assertThat(onLoop(sink::stored)).isEqualTo(2);
        assertThat(failures).isEmpty();
    }

    @Test
    void storageUnavailable_withoutRetry_failsAllBatches() {
        open(LineSink.OnUnavailable.BRIEF, null);
        send("a", "b");
        ScriptedRing.Append first = ring.nextAppend();
        send("c");
        first.unavailable();
        on(() -> {});

        assertThat(ring.hasAppend()).isFalse();
        assertThat(onLoop(() -> failures)).singleElement().isInstanceOf(RingUnavailableException.class);
        assertThat(onLoop(sink::rejected)).isEqualTo(3);
        assertThat(count("tailrace.lines.rejected", "unavailable")).isEqualTo(3);
        assertThat(budget.bytes()).isZero();

        send("d");
        assertThat(ring.hasAppend()).isFalse();
        assertThat(onLoop(sink::rejected)).isEqualTo(4);
        assertThat(finish().failed()).isTrue();
    }

    @Test
    void storageUnavailable_forARequest_theSameBatchIsOfferedForAWhile() {
        retry = Duration.ofMinutes(1);
        open(LineSink.OnUnavailable.BRIEF, null);
        send("a");
        ScriptedRing.Append first = ring.nextAppend();
        send("b");
        assertThat(first.batch().writer()).isNotEmpty();
        first.unavailable();
        ScriptedRing.Append second = ring.nextAppend();
        assertThat(second.batch()).isSameAs(first.batch());
        second.stored();
        ScriptedRing.Append next = ring.nextAppend();
        assertThat(messages(next)).containsExactly("b");
        next.stored();
        on(() -> {});
        assertThat(onLoop(sink::stored)).isEqualTo(2);
        assertThat(onLoop(() -> failures)).isEmpty();
    }

    @Test
    void sequentialRequests_shareAWriter_andConcurrentOnesDoNot() {
        open(LineSink.OnUnavailable.BRIEF, null);
        send("a");
        ScriptedRing.Append first = ring.nextAppend();
        on(() -> sink = new LineSink(ingest, ACCOUNT, DEVICE, LineSink.OnUnavailable.BRIEF, null, new Hearing()));
        send("b");
        ScriptedRing.Append second = ring.nextAppend();
        assertThat(second.batch().writer()).isNotEqualTo(first.batch().writer());
        second.stored();
        on(() -> {});
        finish();
        on(() -> sink = new LineSink(ingest, ACCOUNT, DEVICE, LineSink.OnUnavailable.BRIEF, null, new Hearing()));
        send("c");
        ScriptedRing.Append third = ring.nextAppend();
        assertThat(third.batch().writer()).isEqualTo(second.batch().writer());
        assertThat(third.batch().writerSeq()).isGreaterThan(second.batch().writerSeq());
        first.stored();
        third.stored();
        on(() -> {});
    }

    // ---- too many devices

    @Test
    void newDevice_whereThereAreAsManyAsMayBe_isRefused_andKnownOnesGoOn() {
        deviceLimit.counted(MAX_DEVICES);
        directory.add("known");
        open(LineSink.OnUnavailable.RETRY, null);
        send("a", "b");
        await().until(() -> onLoop(() -> refusals) == 1);
        send("c");
        assertThat(ring.hasAppend()).isFalse();
        assertThat(onLoop(sink::rejected)).isEqualTo(3);
        assertThat(count("tailrace.lines.rejected", "too_many_devices")).isEqualTo(3);
        assertThat(registry.get("tailrace.refused")
                        .tag("limit", "max-devices")
                        .functionCounter()
                        .count())
                .isEqualTo(2);
        assertThat(budget.bytes()).isZero();
        assertThat(finish().succeeded()).isTrue();

        on(() -> sink = new LineSink(
                ingest, ACCOUNT, new DeviceId("known"), LineSink.OnUnavailable.RETRY, null, new Hearing()));
        send("d");
        ring.nextAppend().stored();
        on(() -> {});
        assertThat(onLoop(sink::stored)).isEqualTo(1);
    }

    @Test
    void newDevices_areCountedFromOneLookToTheNextButOne() {
        open(LineSink.OnUnavailable.RETRY, null);
        assertThat(deviceLimit.isKnown(new DeviceId("1"))).isTrue();
        assertThat(deviceLimit.isKnown(new DeviceId("2"))).isTrue();
        assertThat(deviceLimit.isKnown(new DeviceId("2"))).isTrue();
        assertThat(deviceLimit.isKnown(new DeviceId("3"))).isFalse();
        deviceLimit.counted(0); // storage does not know them yet
        assertThat(deviceLimit.isKnown(new DeviceId("1"))).isTrue();
        assertThat(deviceLimit.isKnown(new DeviceId("3"))).isFalse();
        deviceLimit.counted(1); // one of them never wrote
        assertThat(deviceLimit.isKnown(new DeviceId("3"))).isTrue();
        assertThat(deviceLimit.isKnown(new DeviceId("4"))).isFalse();
    }

    @Test
    void refusedBatch_doesNotAffectLaterBatches() {
        open(LineSink.OnUnavailable.RETRY, null);
        send("a");
        ScriptedRing.Append first = ring.nextAppend();
        send("b");
        first.fail(new Refusal());

        ScriptedRing.Append second = ring.nextAppend();
        second.stored();
        on(() -> {});

        assertThat(messages(second)).containsExactly("b");
        assertThat(onLoop(() -> failures)).hasSize(1);
        assertThat(onLoop(sink::rejected)).isEqualTo(1);
        assertThat(onLoop(sink::stored)).isEqualTo(1);
        assertThat(count("tailrace.lines.rejected", "failed")).isEqualTo(1);
        assertThat(finish().succeeded()).isTrue();
    }

    /** Were the second batch stored, the lines of the first would count as repetitions when they are sent again. */
    @Test
    void refusedBatchOfAProducer_stopsItsLaterBatches() {
        open(LineSink.OnUnavailable.RETRY, "p");
        sendNumbered(1);
        ScriptedRing.Append first = ring.nextAppend();
        sendNumbered(2);
        first.fail(new Refusal());
        on(() -> {});
        sendNumbered(3);

        assertThat(ring.hasAppend()).isFalse();
        assertThat(onLoop(() -> acks)).isEmpty();
        assertThat(onLoop(() -> failures)).hasSize(1);
        assertThat(onLoop(sink::rejected)).isEqualTo(3);
        assertThat(budget.bytes()).isZero();
        assertThat(finish().failed()).isTrue();
    }

    // ---- producers

    @Test
    void producersLines_areAcknowledgedWhenStored() {
        open(LineSink.OnUnavailable.RETRY, "p");
        sendNumbered(1, 2);
        ScriptedRing.Append first = ring.nextAppend();
        sendNumbered(5);

        assertThat(first.batch().producer()).isEqualTo("p");
        assertThat(first.batch().writer()).isNull();
        assertThat(first.batch().seqs()).containsExactly(1, 2);
        assertThat(onLoop(() -> acks)).isEmpty();

        first.stored();
        ScriptedRing.Append second = ring.nextAppend();
        assertThat(onLoop(() -> List.copyOf(acks))).containsExactly(2L);
        second.stored(0);
        on(() -> {});
        assertThat(onLoop(() -> acks)).containsExactly(2L, 5L);
        assertThat(onLoop(sink::deduplicated)).isEqualTo(1);
    }

    @Test
    void producersLine_sentTwiceOnOneConnection_isStoredOnce() {
        open(LineSink.OnUnavailable.RETRY, "p");
        sendNumbered(1, 2, 2, 1, 3);

        ScriptedRing.Append append = ring.nextAppend();
        assertThat(append.batch().seqs()).containsExactly(1, 2, 3);
        append.stored();
        on(() -> {});
        assertThat(onLoop(() -> acks)).containsExactly(3L);
        assertThat(onLoop(sink::deduplicated)).isEqualTo(2);
        assertThat(onLoop(sink::received)).isEqualTo(5);
    }

    @Test
    void producersLine_withoutNumber_isRejected() {
        open(LineSink.OnUnavailable.RETRY, "p");
        send("a");

        assertThat(ring.hasAppend()).isFalse();
        assertThat(onLoop(() -> rejections)).containsExactly("1: seq is missing: a producer numbers each of its lines");
    }

    @Test
    void rejectedLines_areAcknowledgedInOrder() {
        open(LineSink.OnUnavailable.RETRY, "p");
        reject(1);
        assertThat(onLoop(() -> List.copyOf(acks))).containsExactly(1L);

        sendNumbered(2);
        ScriptedRing.Append append = ring.nextAppend();
        reject(3); // must not overtake 2, which is not stored yet
        assertThat(onLoop(() -> List.copyOf(acks))).containsExactly(1L);

        append.stored();
        on(() -> {});
        assertThat(onLoop(() -> List.copyOf(acks))).containsExactly(1L, 2L, 3L);
        assertThat(onLoop(() -> rejections)).containsExactly("1: spoilt", "3: spoilt");
    }

    @Test
    void acknowledgements_neverGoBack() {
        open(LineSink.OnUnavailable.RETRY, "p");
        sendNumbered(10);
        ring.nextAppend().stored();
        on(() -> {});
        reject(4);
        sendNumbered(7, 11);
        ring.nextAppend().stored();
        on(() -> {});

        assertThat(onLoop(() -> acks)).containsExactly(10L, 11L);
    }

    @Test
    void numbersAboveAnInt_keepTheirOrder() {
        open(LineSink.OnUnavailable.RETRY, "p");
        long last = 1L << 53;
        sendNumbered(0, Integer.MAX_VALUE, Integer.MAX_VALUE + 1L, last);

        ScriptedRing.Append append = ring.nextAppend();
        assertThat(append.batch().seqs()).containsExactly(0, Integer.MAX_VALUE, Integer.MAX_VALUE + 1L, last);
    }

    // ---- the end

    @Test
    void finish_comesAfterTheLastAppend() {
        open(LineSink.OnUnavailable.RETRY, null);
        send("a");
        ScriptedRing.Append first = ring.nextAppend();
        send("b");
        Future<Void> finished = finish();
        first.stored();
        ScriptedRing.Append second = ring.nextAppend();
        assertThat(finished.isComplete()).isFalse();

        second.stored();
        await().until(finished::succeeded);
        assertThat(finish()).isSameAs(finished);
    }

    @Test
    void finish_ofAnIdleSink_comesAtOnce() {
        open(LineSink.OnUnavailable.RETRY, "p");
        assertThat(finish().succeeded()).isTrue();
    }

    @Test
    void finish_afterAFailure_fails() {
        open(LineSink.OnUnavailable.BRIEF, null);
        send("a");
        ring.nextAppend().unavailable();
        on(() -> {});

        assertThat(finish().failed()).isTrue();
    }

    @Test
    void settled_waitsForWhatWasTakenAndForNothingElse() {
        open(LineSink.OnUnavailable.RETRY, "p");
        assertThat(onLoop(sink::settled).succeeded()).isTrue();
        sendNumbered(1);
        ScriptedRing.Append first = ring.nextAppend();
        sendNumbered(2);
        Future<Void> settled = onLoop(sink::settled);
        first.stored();
        ScriptedRing.Append second = ring.nextAppend();
        sendNumbered(3);
        assertThat(settled.isComplete()).isFalse();

        second.stored();
        await().until(settled::succeeded);
        ring.nextAppend();
    }

    // ---- rates

    @Test
    void senderOverItsRate_isPausedUntilItIsEven_andLosesNothing() {
        share = new Rates.Share(10_000, 0);
        open(LineSink.OnUnavailable.RETRY, null);
        on(() -> {
            for (int i = 0; i < 10_500; i++) {
                sink.accept(Line.of("x"), Batch.NO_SEQ);
            }
            sink.flush();
            assertThat(sink.isFull()).isTrue();
        });
        for (int stored = 0; stored < 10_500; ) {
            ScriptedRing.Append append = ring.nextAppend();
            stored += messages(append).size();
            append.stored();
        }
        await().until(() -> onLoop(() -> drains) == 1);
        assertThat(onLoop(() -> sink.isFull())).isFalse();
    }

    @Test
    void senderAfterAnOverdrawnOne_beginsPaused() {
        share = new Rates.Share(10, 0);
        open(LineSink.OnUnavailable.RETRY, null);
        assertThat(onLoop(() -> sink.isFull())).isFalse();
        send("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15");
        assertThat(onLoop(() -> new LineSink(ingest, ACCOUNT, DEVICE, LineSink.OnUnavailable.BRIEF, null, new Hearing())
                        .isFull()))
                .isTrue();
        assertThat(onLoop(() -> new LineSink(
                                ingest,
                                ACCOUNT,
                                new DeviceId("other"),
                                LineSink.OnUnavailable.BRIEF,
                                null,
                                new Hearing())
                        .isFull()))
                .isFalse();
        ring.nextAppend().stored();
    }

    // ---- helpers

    private void open(LineSink.OnUnavailable onUnavailable, String producer) {
        var options = new IngestOptions(
                WINDOW_LINES, WINDOW_BYTES, PENDING_BYTES, 2 << 20, 4 << 20, 64 << 20, 16 << 20, retry, true);
        on(() -> {
            BrokerMeters brokerMeters = new BrokerMeters(metrics);
            var rates = new Rates(share, new Rates.Share(0, 0), meters);
            Activity activity = new Activity();
            ingest = new IngestServices(
                    vertx,
                    new Broker(
                            vertx,
                            ring,
                            directory,
                            activity,
                            brokerMeters,
                            new StreamBudget(Long.MAX_VALUE),
                            new FilterShares(vertx, brokerMeters)),
                    activity,
                    meters,
                    budget,
                    new FairRoom(1 << 20),
                    rates,
                    Fleets.NONE,
                    deviceLimit,
                    new EndOfTick(vertx.getOrCreateContext()),
                    options);
            sink = new LineSink(ingest, ACCOUNT, DEVICE, onUnavailable, producer, new Hearing());
            sink.onDrain(() -> drains++);
        });
    }

    private final class Hearing implements LineSink.Listener {
        @Override
        public void handled(long seq) {
            acks.add(seq);
        }

        @Override
        public void rejected(long line, String reason) {
            rejections.add(line + ": " + reason);
        }

        @Override
        public void failed(Throwable cause) {
            failures.add(cause);
        }

        @Override
        public void refused() {
            refusals++;
        }
    }

    private void send(String... messages) {
        on(() -> {
            for (String message : messages) {
                sink.accept(Line.of(message), Batch.NO_SEQ);
            }
            sink.flush();
        });
    }

    private void sendNumbered(long... seqs) {
        on(() -> {
            for (long seq : seqs) {
                sink.accept(Line.of("number " + seq), seq);
            }
            sink.flush();
        });
    }

    private void reject(long seq) {
        on(() -> {
            sink.reject(Rejection.INVALID, "spoilt", seq);
            sink.flush();
        });
    }

    private Future<Void> finish() {
        return onLoop(sink::finish);
    }

    private boolean isFull() {
        return onLoop(sink::isFull);
    }

    private double count(String name, String reason) {
        return registry.get(name).tag("reason", reason).functionCounter().count();
    }

    private static List<String> messages(ScriptedRing.Append append) {
        Entries entries = append.batch().entries();
        List<String> messages = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            messages.add(Entry.read(entries.bytes(), entries.start(i), entries.end(i))
                    .line()
                    .message());
        }
        return messages;
    }

    private void on(Runnable what) {
        onLoop(() -> {
            what.run();
            return 0;
        });
    }

    private <T> T onLoop(java.util.function.Supplier<T> what) {
        Promise<T> promise = Promise.promise();
        loop.runOnContext(nothing -> {
            try {
                promise.complete(what.get());
            } catch (Throwable thrown) {
                promise.fail(thrown);
            }
        });
        try {
            return promise.future().await(30, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    private static final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Refusal() {
            super("refused, says the test", null, false, false);
        }
    }
}
