package dev.tailrace.broker;

import static dev.tailrace.testing.ScriptedRing.state;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.re2j.Pattern;
import dev.tailrace.storage.Announcement;
import dev.tailrace.storage.Lineage;
import dev.tailrace.storage.RingState;
import dev.tailrace.testing.ScriptedRing;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** One subscriber's way through a feed and its ring. */
@Tag("unit")
final class CursorTest extends BrokerTestBase {

    private static final View ONLY_X =
            new View(ValveSubscriber.Lines.PLAIN, Filter.of(new Condition.Finds(Pattern.compile("x"))));

    // ---- where a subscriber begins

    @Test
    void tailOfNone_startsWithWhatComesNext() {
        Reader reader = watch(tail(0));
        ready(state("k", 5, 1));
        hear("k", 6, "a", "b");
        assertThat(reader.subscriber().seen).containsExactly("open k-5", "k-6=a", "k-7=b");
        assertThat(ring.openReads()).isZero();
        assertThat(reader.cursor().isBehind()).isFalse();
    }

    @Test
    void tailOfSome_startsWithTheNewestKept() {
        Reader reader = watch(tail(3));
        ready(state("k", 5, 1));
        answer(state("k", 5, 1), 3, "c", "d", "e");
        hear("k", 6, "f");
        assertThat(reader.subscriber().seen).containsExactly("open k-2", "k-3=c", "k-4=d", "k-5=e", "k-6=f");
    }

    @Test
    void tailLongerThanTheRing_startsAtItsOldestWithoutAGap() {
        Reader reader = watch(tail(5));
        ready(state("k", 10, 9));
        answer(state("k", 10, 9), 9, "i", "j");
        assertThat(reader.subscriber().seen).containsExactly("open k-5", "k-9=i", "k-10=j");
    }

    @Test
    void tail_entriesEvictedBeforeTheFirstRead_areAGap() {
        Reader reader = watch(tail(2));
        ready(state("k", 2, 1));
        hear("k", 3, "c", "d", "e", "f");
        answer(state("k", 6, 5), 5, "e", "f");
        assertThat(reader.subscriber().seen)
                .as("the ring kept nothing of what the subscriber was too late for, but 3 and 4 came in its time")
                .containsExactly("open k-0", "gap k-3..k-4 2 evicted", "k-5=e", "k-6=f");
    }

    @Test
    void tail_feedHoldsMoreThanTheRing_showsNoMoreThanTheRing() {
        watch(tail(0));
        ready(state("k", 0, 1));
        hear("k", 1, "a", "b", "c", "d", "e");
        Reader late = watch(tail(5));
        answer(state("k", 5, 4), 4, "d", "e");
        assertThat(late.subscriber().seen).containsExactly("open k-0", "k-4=d", "k-5=e");
    }

    @Test
    void after_position_goesOnAfterIt() {
        Reader reader = watch(after("k-3"));
        ready(state("k", 5, 1));
        answer(state("k", 5, 1), 4, "d", "e");
        assertThat(reader.subscriber().seen).containsExactly("open k-3", "k-4=d", "k-5=e");
    }

    @Test
    void after_headPosition_isLiveAtOnce() {
        Reader reader = watch(after("k-5"));
        ready(state("k", 5, 1));
        assertThat(ring.openReads()).isZero();
        hear("k", 6, "f");
        assertThat(reader.subscriber().seen).containsExactly("open k-5", "k-6=f");
    }

    @Test
    void after_positionBeforeTheFirstEntry_replaysAllAndReportsNoClear() {
        Reader reader = watch(after("k-0"));
        ready(state("k", 2, 1));
        answer(state("k", 2, 1), 1, "a", "b");
        assertThat(reader.subscriber().seen).containsExactly("open k-0", "k-1=a", "k-2=b");
    }

    @Test
    void after_positionBeforeTheFirstRing_replaysAllAndReportsNoClear() {
        Reader reader = watch(after("0-0"));
        ready(state("k", 2, 1));
        answer(state("k", 2, 1), 1, "a", "b");
        assertThat(reader.subscriber().seen).containsExactly("open 0-0", "k-1=a", "k-2=b");
    }

    @Test
    void after_positionNeverGiven_isAGapOfUnknownSize() {
        Reader reader = watch(after("k-99"));
        ready(state("k", 5, 1));
        assertThat(reader.subscriber().seen).containsExactly("open k-99");
        answer(state("k", 5, 1));
        hear("k", 6, "f");
        assertThat(reader.subscriber().seen).containsExactly("open k-99", "gap k-100.. null epoch", "k-6=f");
    }

    @Test
    void after_positionUnknownToTheFeed_isAcceptedWhenTheRingHasIt() {
        Reader reader = watch(after("k-7"));
        ready(state("k", 5, 1));
        answer(state("k", 7, 1));
        hear("k", 6, "f", "g");
        hear("k", 8, "h");
        assertThat(reader.subscriber().seen).containsExactly("open k-7", "k-8=h");
    }

    @Test
    void after_positionBeyondTheHead_laterClearsAreReported() {
        Reader reader = watch(after("k-99"));
        ready(state("k", 5, 1));
        answer(state("k", 5, 1));
        announce(new Announcement.Cleared("k", 5));
        assertThat(reader.subscriber().seen).containsExactly("open k-99", "gap k-100.. null epoch", "clear k-5");
    }

    @Test
    void ringHasLessThanWasAnnounced_isAskedAgain_andNothingIsHandedOverTwice() {
        Reader reader = watch(tail(0));
        ready(state("k", 5, 1));
        shut(reader);
        hear("k", 6, "f", "g", "h");
        announce(new Announcement.Ready(state("k", 9, 1))); // the tail is dropped, so that the ring is read
        open(reader);
        answer(state("k", 3, 1)); // from a server that has not received the rest, or lost it
        assertThat(reader.subscriber().seen).containsExactly("open k-5");
        tick(() -> ring.nextStateCall().answer(new RingState("m", 3, 1, 0, "k", 3)));
        answer(new RingState("m", 3, 1, 0, "k", 3));
        assertThat(reader.subscriber().seen).containsExactly("open k-5", "gap k-6.. null epoch");
        hear("m", 4, "x");
        assertThat(reader.subscriber().seen).containsExactly("open k-5", "gap k-6.. null epoch", "m-4=x");
    }

    @Test
    void newEpochAfterSeveral_readerOfAnAncestor_goesOnFromWhatIsSharedWithIt() {
        Reader reader = watch(after("k-8"));
        Lineage lineage = Lineage.of("m", 7, "k 5");
        ready(new RingState("n", 9, 1, 0, lineage));
        answer(new RingState("n", 9, 1, 0, lineage), 6, "f", "g", "h", "i");
        assertThat(reader.subscriber().seen)
                .containsExactly("open k-8", "gap k-9.. null epoch", "n-6=f", "n-7=g", "n-8=h", "n-9=i");
    }

    @Test
    void noRingYet_firstEntryBeginsItsLife() {
        Reader reader = watch(tail(10));
        ready(RingState.NONE);
        hear("k", 1, "a");
        assertThat(reader.subscriber().seen).containsExactly("open 0-0", "k-1=a");
        assertThat(on(() -> reader.cursor().position()).toString()).isEqualTo("k-1");
    }

    // ---- crossing announcements and reads

    @Test
    void announcedDuringRead_followsThePage() {
        Reader reader = watch(after("k-3"));
        ready(state("k", 5, 1));
        hear("k", 6, "f");
        answer(state("k", 5, 1), 4, "d", "e");
        assertThat(reader.subscriber().seen).containsExactly("open k-3", "k-4=d", "k-5=e", "k-6=f");
    }

    @Test
    void readAheadOfTheAnnouncement_isDeliveredOnce() {
        Reader reader = watch(after("k-3"));
        ready(state("k", 5, 1));
        answer(state("k", 7, 1), 4, "d", "e", "f", "g");
        hear("k", 6, "f");
        hear("k", 7, "g", "h");
        assertThat(reader.subscriber().seen).containsExactly("open k-3", "k-4=d", "k-5=e", "k-6=f", "k-7=g", "k-8=h");
    }

    @Test
    void lostAnnouncement_isRepairedByARead() {
        Reader reader = watch(tail(0));
        ready(state("k", 5, 1));
        hear("k", 6, "f");
        hear("k", 8, "h");
        answer(state("k", 8, 1), 7, "g", "h");
        hear("k", 9, "i");
        assertThat(reader.subscriber().seen).containsExactly("open k-5", "k-6=f", "k-7=g", "k-8=h", "k-9=i");
    }

    @Test
    void announcedTwice_isDeliveredOnce() {
        Reader reader = watch(tail(0));
        ready(state("k", 5, 1));
        hear("k", 6, "f");
        hear("k", 6, "f");
        hear("k", 6, "f", "g");
        assertThat(reader.subscriber().seen).containsExactly("open k-5", "k-6=f", "k-7=g");
    }

    @Test
    void readFails_isTriedAgain() {
        Reader reader = watch(after("k-3"));
        ready(state("k", 4, 1));
        tick(() -> ring.nextRead().unavailable());
        assertThat(metric("tailrace.ring.read.failures", null, null)).isEqualTo(1);
        await().atMost(10, SECONDS).until(() -> ring.openReads() == 1);
        answer(state("k", 4, 1), 4, "d");
        assertThat(reader.subscriber().seen).containsExactly("open k-3", "k-4=d");
    }

    @Test
    void readAndFeedDisagree_isTriedAgain() {
        Reader reader = watch(after("k-3"));
        ready(state("k", 4, 1));
        answer(state("k", 3, 1));
        await().atMost(10, SECONDS).until(() -> ring.openReads() == 1);
        answer(state("k", 4, 1), 4, "d");
        assertThat(reader.subscriber().seen).containsExactly("open k-3", "k-4=d");
    }

    // ---- slow readers

    @Test
    void fullSubscriber_goesOnFromTheTailWhenItDrains() {
        Reader reader = watch(tail(0));
        ready(state("k", 5, 1));
        shut(reader);
        hear("k", 6, "f");
        hear("k", 7, "g");
        assertThat(reader.subscriber().seen).containsExactly("open k-5");
        assertThat(reader.cursor().isBehind()).isTrue();
        assertThat(metric("tailrace.subscribers", "state", "behind")).isEqualTo(1);
        open(reader);
        assertThat(reader.subscriber().seen).containsExactly("open k-5", "k-6=f", "k-7=g");
        assertThat(reader.cursor().isBehind()).isFalse();
        assertThat(metric("tailrace.subscribers", "state", "live")).isEqualTo(1);
        assertThat(ring.openReads()).isZero();
    }

    @Test
    void fullSubscriber_takesNoMoreThanItHasRoomFor() {
        Reader reader = watch(after("k-0"));
        ready(state("k", 4, 1));
        reader.subscriber().room = 1;
        answer(state("k", 4, 1), 1, "a", "b");
        assertThat(reader.subscriber().seen).containsExactly("open k-0", "k-1=a", "k-2=b");
        assertThat(ring.openReads()).isZero();
        open(reader);
        answer(state("k", 4, 1), 3, "c", "d");
        assertThat(reader.subscriber().seen).endsWith("k-3=c", "k-4=d");
    }

    @Test
    void slowReader_ringMovedOn_getsTheExactGap() {
        Reader reader = watch(tail(0));
        ready(state("k", 5, 1));
        shut(reader);
        hear("k", 6, "f");
        hear("k", 100, "y");
        open(reader);
        answer(state("k", 101, 50), 50, "x", "y");
        assertThat(reader.subscriber().seen).containsExactly("open k-5", "gap k-6..k-49 44 slow", "k-50=x", "k-51=y");
        assertThat(metric("tailrace.gap.entries", "reason", "slow")).isEqualTo(44);
    }

    @Test
    void slowReaderThatHasCaughtUp_laterGapIsNotItsFault() {
        Reader reader = watch(tail(0));
        ready(state("k", 5, 1));
        shut(reader);
        hear("k", 6, "f");
        open(reader);
        hear("k", 100, "y");
        answer(state("k", 100, 100), 100, "y");
        assertThat(reader.subscriber().seen).endsWith("k-6=f", "gap k-7..k-99 93 evicted", "k-100=y");
    }

    @Test
    void resume_entriesEvicted_getsTheExactGap() {
        Reader reader = watch(after("k-3"));
        ready(state("k", 20, 11));
        answer(state("k", 20, 11), 11, "k");
        assertThat(reader.subscriber().seen).containsExactly("open k-3", "gap k-4..k-10 7 evicted", "k-11=k");
    }

    @Test
    void resume_entriesEvictedUnderAFilter_getsTheLostRange() {
        Reader reader = watch(after("k-3"), ONLY_X);
        ready(state("k", 12, 11));
        answer(state("k", 12, 11), 11, "k", "x");
        assertThat(reader.subscriber().seen)
                .containsExactly("open k-3", "gap k-4..k-10 7 filtered-range-lost", "k-12=x");
    }

    @Test
    void filteredReader_movesOnPastWhatItDoesNotSee() {
        Reader reader = watch(tail(0), ONLY_X);
        ready(state("k", 5, 1));
        hear("k", 6, "a", "b");
        assertThat(reader.subscriber().seen).containsExactly("open k-5");
        assertThat(on(() -> reader.cursor().position()).toString()).isEqualTo("k-7");
    }

    // ---- the ring begins a new life

    @Test
    void newEpochWithoutFork_isAGapAndStartsOver() {
        Reader reader = watch(tail(0));
        ready(state("k", 5, 1));
        hear("m", 1, "x");
        answer(state("m", 1, 1));
        answer(state("m", 1, 1), 1, "x");
        hear("m", 2, "y");
        assertThat(reader.subscriber().seen).containsExactly("open k-5", "gap k-6.. null epoch", "m-1=x", "m-2=y");
        assertThat(metric("tailrace.gap.entries", "reason", "epoch")).isEqualTo(1);
    }

    @Test
    void newEpochWithFork_readerPastTheFork_goesOnAfterIt() {
        Reader reader = watch(tail(0));
        ready(state("k", 9, 1));
        RingState forked = new RingState("m", 8, 1, 0, "k", 6);
        ready(forked);
        answer(forked);
        answer(forked, 7, "x", "y");
        assertThat(reader.subscriber().seen).containsExactly("open k-9", "gap k-10.. null epoch", "m-7=x", "m-8=y");
    }

    @Test
    void newEpochWithFork_readerBeforeTheFork_missesNothingUpToIt() {
        Reader reader = watch(after("k-3"));
        RingState forked = new RingState("m", 7, 1, 0, "k", 6);
        ready(forked);
        answer(forked, 4, "d", "e", "f", "g");
        assertThat(reader.subscriber().seen)
                .containsExactly("open k-3", "gap k-7.. null epoch", "m-4=d", "m-5=e", "m-6=f", "m-7=g");
    }

    @Test
    void newEpochWithFork_clearInIt_isReported() {
        Reader reader = watch(tail(0));
        ready(new RingState("k", 90, 81, 80, "", 0));
        RingState forked = new RingState("m", 70, 71, 70, "k", 60);
        ready(forked);
        answer(forked);
        assertThat(reader.subscriber().seen).containsExactly("open k-90", "gap k-91.. null epoch", "clear m-70");
    }

    @Test
    void ringLostAndReborn_isAGapAndThenANewLife() {
        Reader reader = watch(tail(0));
        ready(state("k", 5, 1));
        ready(RingState.NONE);
        answer(RingState.NONE);
        hear("m", 1, "x");
        assertThat(reader.subscriber().seen).containsExactly("open k-5", "gap k-6.. null epoch", "m-1=x");
    }

    @Test
    void newEpochWhileFull_isFoundWhenItDrains() {
        Reader reader = watch(tail(0));
        ready(state("k", 100, 1));
        shut(reader);
        hear("m", 1, "x");
        assertThat(reader.cursor().isBehind()).isTrue();
        open(reader);
        answer(state("m", 1, 1));
        answer(state("m", 1, 1), 1, "x");
        assertThat(reader.subscriber().seen).containsExactly("open k-100", "gap k-101.. null epoch", "m-1=x");
    }

    @Test
    void pageOfAnEpochUnknownToTheFeed_isVerified() {
        Reader reader = watch(after("k-3"));
        ready(state("k", 5, 1));
        answer(state("m", 1, 1));
        tick(() -> {
            var call = ring.nextStateCall();
            assertThat(call).isNotNull();
            call.answer(state("m", 1, 1));
        });
        await().atMost(10, SECONDS).until(() -> ring.openReads() == 1);
        answer(state("m", 1, 1), 1, "x");
        assertThat(reader.subscriber().seen).containsExactly("open k-3", "gap k-4.. null epoch", "m-1=x");
    }

    // ---- storage becomes unavailable

    @Test
    void storageUnavailableAndBack_isReportedAndNothingIsLost() {
        Reader reader = watch(tail(0));
        ready(state("k", 5, 1));
        announce(new Announcement.Unavailable());
        announce(new Announcement.Unavailable());
        ready(state("k", 7, 1));
        answer(state("k", 7, 1), 6, "f", "g");
        assertThat(reader.subscriber().seen).containsExactly("open k-5", "away", "back", "k-6=f", "k-7=g");
    }

    @Test
    void storageUnavailable_isNotRead() {
        Reader reader = watch(after("k-3"));
        ready(state("k", 5, 1));
        announce(new Announcement.Unavailable());
        tick(() -> ring.nextRead().unavailable());
        await().during(java.time.Duration.ofMillis(400)).atMost(10, SECONDS).until(() -> ring.openReads() == 0);
        ready(state("k", 5, 1));
        answer(state("k", 5, 1), 4, "d", "e");
        assertThat(reader.subscriber().seen).containsExactly("open k-3", "away", "back", "k-4=d", "k-5=e");
    }

    @Test
    void storageUnavailableFromTheBeginning_opensWhenItIsAvailable() {
        Reader reader = watch(after("k-4"));
        announce(new Announcement.Unavailable());
        assertThat(reader.subscriber().seen).containsExactly("away");
        ready(state("k", 5, 1));
        answer(state("k", 5, 1), 5, "e");
        assertThat(reader.subscriber().seen).containsExactly("away", "back", "open k-4", "k-5=e");
    }

    @Test
    void storageUnavailable_newSubscriberOfAKnownFeed_isInformed() {
        watch(tail(0));
        ready(state("k", 5, 1));
        announce(new Announcement.Unavailable());
        Reader late = watch(tail(0));
        assertThat(late.subscriber().seen).containsExactly("away", "open k-5");
    }

    // ---- clear

    @Test
    void clear_whileLive_isReportedOnce() {
        Reader reader = watch(tail(0));
        ready(state("k", 5, 1));
        hear("k", 6, "f");
        announce(new Announcement.Cleared("k", 6));
        announce(new Announcement.Cleared("k", 6));
        hear("k", 7, "g");
        assertThat(reader.subscriber().seen).containsExactly("open k-5", "k-6=f", "clear k-6", "k-7=g");
    }

    @Test
    void clear_inTheSameTickAsEntries_keepsTheOrder() {
        Reader reader = watch(tail(0));
        ready(state("k", 5, 1));
        announce(ScriptedRing.stored("k", 6, "f"), new Announcement.Cleared("k", 6), ScriptedRing.stored("k", 7, "g"));
        assertThat(reader.subscriber().seen).containsExactly("open k-5", "k-6=f", "clear k-6", "k-7=g");
    }

    @Test
    void clear_whileTheReaderLags_takesThePlaceOfWhatItRemoved() {
        Reader reader = watch(tail(0));
        ready(state("k", 5, 1));
        shut(reader);
        hear("k", 6, "f", "g");
        announce(new Announcement.Cleared("k", 7));
        hear("k", 8, "h");
        open(reader);
        assertThat(reader.subscriber().seen).containsExactly("open k-5", "clear k-7", "k-8=h");
    }

    @Test
    void clear_duringRead_followsThePage() {
        Reader reader = watch(after("k-3"));
        ready(state("k", 5, 1));
        announce(new Announcement.Cleared("k", 5));
        answer(state("k", 5, 1), 4, "d", "e");
        assertThat(reader.subscriber().seen).containsExactly("open k-3", "k-4=d", "k-5=e", "clear k-5");
    }

    @Test
    void clear_readBeforeItIsAnnounced_isReportedOnce() {
        Reader reader = watch(after("k-3"));
        ready(state("k", 5, 1));
        answer(new RingState("k", 6, 6, 5, "", 0), 6, "f");
        announce(new Announcement.Cleared("k", 5));
        hear("k", 6, "f", "g");
        assertThat(reader.subscriber().seen).containsExactly("open k-3", "clear k-5", "k-6=f", "k-7=g");
    }

    @Test
    void resumeAcrossAClear_isReported() {
        Reader reader = watch(after("k-3"));
        ready(new RingState("k", 9, 8, 7, "", 0));
        answer(new RingState("k", 9, 8, 7, "", 0), 8, "h", "i");
        assertThat(reader.subscriber().seen).containsExactly("open k-3", "clear k-7", "k-8=h", "k-9=i");
    }

    @Test
    void resumeExactlyAtAClear_isReported() {
        Reader reader = watch(after("k-7"));
        ready(new RingState("k", 7, 8, 7, "", 0));
        assertThat(reader.subscriber().seen).containsExactly("open k-7", "clear k-7");
    }

    @Test
    void resumeAfterAClear_isNotReported() {
        Reader reader = watch(after("k-8"));
        ready(new RingState("k", 8, 8, 7, "", 0));
        assertThat(reader.subscriber().seen).containsExactly("open k-8");
    }

    @Test
    void newSubscriber_getsNoOldClear() {
        Reader reader = watch(tail(5));
        ready(new RingState("k", 8, 8, 7, "", 0));
        answer(new RingState("k", 8, 8, 7, "", 0), 8, "h");
        assertThat(reader.subscriber().seen).containsExactly("open k-3", "k-8=h");
    }

    @Test
    void clearAndEvictionInOneRead_areReportedSeparately() {
        Reader reader = watch(after("k-3"));
        ready(new RingState("k", 30, 20, 7, "", 0));
        answer(new RingState("k", 30, 20, 7, "", 0), 20, "t");
        assertThat(reader.subscriber().seen)
                .containsExactly("open k-3", "clear k-7", "gap k-8..k-19 12 evicted", "k-20=t");
    }

    // ---- turns

    @Test
    void severalCursorsOfOneSubscriber_deliverOneChunkInEachTurn() {
        Reader reader = watch(tail(0));
        ready(state("k", 0, 1));
        reader.subscriber().shared = true;
        shut(reader);
        String much = "m".repeat(Tail.JOINED_BYTES / 2);
        for (int i = 1; i <= 3; i++) {
            hear("k", i, much);
        }
        assertThat(reader.subscriber().waiting).isTrue();
        for (int turn = 1; turn <= 3; turn++) {
            reader.subscriber().waiting = false;
            open(reader);
            assertThat(reader.subscriber().writes).hasSize(turn);
            assertThat(reader.subscriber().waiting).as("it has more").isEqualTo(turn < 3);
        }
        assertThat(reader.cursor().isBehind()).isFalse();
    }

    @Test
    void cursorOfASharedSubscriber_thatHasReadAPage_readsOnAtItsNextTurn() {
        Reader reader = watch(after("k-0"));
        reader.subscriber().shared = true;
        ready(state("k", 10, 1));
        answer(state("k", 10, 1), 1, "a", "b");
        assertThat(reader.subscriber().waiting).isTrue();
        assertThat(ring.openReads()).isZero();
        open(reader);
        assertThat(ring.openReads()).isEqualTo(1);
    }

    @Test
    void cursorOfASharedSubscriber_whoseCostlyFilterWasApplied_goesOnAtItsNextTurn() {
        Filter costly = Filter.of(new Condition.Finds(Pattern.compile("(?:x?){400}")));
        Reader reader = watch(after("k-0"), new View(ValveSubscriber.Lines.PLAIN, costly));
        reader.subscriber().shared = true;
        ready(state("k", 10, 1));
        answer(state("k", 10, 1), 1, "m".repeat(3000));
        await().atMost(20, SECONDS).until(() -> on(() -> reader.subscriber().waiting));
        assertThat(reader.subscriber().writes).hasSize(1);
        assertThat(on(ring::openReads)).isZero();
        open(reader);
        assertThat(ring.openReads()).isEqualTo(1);
    }
}
