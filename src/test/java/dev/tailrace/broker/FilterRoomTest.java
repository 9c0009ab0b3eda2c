package dev.tailrace.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Which callers may hold a page for a costly filter, and which wait. */
@Tag("unit")
final class FilterRoomTest {

    private final AtomicInteger refused = new AtomicInteger();
    private final FilterRoom room = new FilterRoom(refused::incrementAndGet);

    private Future<Void> enter(String caller) {
        return room.enter(caller, false, () -> false);
    }

    private void fill(String caller) {
        for (int i = 0; i < FilterRoom.PER_CALLER; i++) {
            assertThat(enter(caller).isComplete()).isTrue();
        }
    }

    @Test
    void oneCaller_holdsNoMoreThanItsShare_andOthersGetRoom() {
        fill("a");
        assertThat(room.isFull("a")).isTrue();
        Future<Void> waiting = enter("a");
        assertThat(waiting.isComplete()).isFalse();
        assertThat(room.isFull("b")).isFalse();
        assertThat(enter("b").isComplete()).isTrue();
        room.leave("b");
        assertThat(waiting.isComplete()).as("it is full still").isFalse();
        room.leave("a");
        assertThat(waiting.succeeded()).isTrue();
    }

    @Test
    void allCallers_holdNoMoreThanTheCapacity_butEachAFirstPage() {
        for (int i = 0; i < FilterRoom.CAPACITY / FilterRoom.PER_CALLER; i++) {
            fill("caller " + i);
        }
        List<Future<Void>> entered = new ArrayList<>();
        for (int i = 0; i < FilterRoom.CAPACITY; i++) {
            entered.add(enter("late " + i));
        }
        assertThat(entered).allMatch(Future::succeeded);
        assertThat(enter("late 0").isComplete()).as("a second page").isFalse();
        assertThat(enter("too late").isComplete()).as("twice the capacity").isFalse();
        assertThat(room.isFull("too late")).isTrue();
    }

    @Test
    void callersThatWait_getRoomInRotation() {
        for (int i = 0; i < FilterRoom.CAPACITY / FilterRoom.PER_CALLER; i++) {
            fill("caller " + i);
        }
        for (int i = 0; i < FilterRoom.CAPACITY; i++) {
            enter("late " + i);
        }
        List<String> order = new ArrayList<>();
        for (String caller : List.of("a", "a", "a", "b", "c", "b")) {
            enter(caller).onSuccess(entered -> order.add(caller));
        }
        for (int i = 0; i < FilterRoom.CAPACITY; i++) {
            room.leave("late " + i);
        }
        assertThat(order).as("the first page of each").containsExactly("a", "b", "c");
        for (int i = 0; i < FilterRoom.PER_CALLER; i++) {
            room.leave("caller 0");
        }
        assertThat(order).containsExactly("a", "b", "c", "a", "b", "a");
    }

    @Test
    void requestsOfOneCallerThatWait_areLimited_butForThoseThatHaveBegun() {
        fill("a");
        AtomicBoolean gone = new AtomicBoolean();
        List<Future<Void>> waiting = new ArrayList<>();
        for (int i = 0; i < FilterRoom.MOST_WAITING; i++) {
            waiting.add(room.enter("a", false, gone::get));
        }
        assertThat(enter("a").cause())
                .isInstanceOfSatisfying(
                        FilterRefusedException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(FilterRefusedException.Reason.TOO_MANY));
        assertThat(refused).hasValue(1);
        Future<Void> begun = room.enter("a", true, () -> false);
        assertThat(begun.isComplete()).isFalse();
        assertThat(enter("b").succeeded()).as("another caller").isTrue();

        gone.set(true); // with their connections
        Future<Void> next = enter("a");
        assertThat(waiting).allMatch(Future::failed);
        assertThat(next.isComplete()).isFalse();
        room.leave("a");
        assertThat(begun.succeeded()).isTrue();
        room.leave("a");
        assertThat(next.succeeded()).isTrue();
    }

    @Test
    void requestThatIsGone_getsNoRoom() {
        fill("a");
        AtomicBoolean gone = new AtomicBoolean();
        Future<Void> first = room.enter("a", false, gone::get);
        Future<Void> second = enter("a");
        gone.set(true);
        room.leave("a");
        assertThat(first.failed()).isTrue();
        assertThat(second.succeeded()).isTrue();
        for (int i = 0; i < FilterRoom.PER_CALLER; i++) {
            room.leave("a");
        }
        assertThat(room.isEmpty()).isTrue();
    }
}
