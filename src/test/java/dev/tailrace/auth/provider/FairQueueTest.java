package dev.tailrace.auth.provider;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The order of calls, and which one is dropped. */
@Tag("unit")
final class FairQueueTest {

    private final FairQueue<String> queue = new FairQueue<>(1, 4);
    private final List<String> begun = new ArrayList<>();
    private final List<Promise<String>> running = new ArrayList<>();

    private Future<String> submit(String asker, String call) {
        return queue.submit(asker, () -> {
            begun.add(call);
            Promise<String> promise = Promise.promise();
            running.add(promise);
            return promise.future();
        });
    }

    private void answer(int times) {
        IntStream.range(0, times).forEach(i -> running.remove(0).complete("done"));
    }

    @Test
    void callers_areServedInTurn() {
        List.of("a1", "a2", "a3", "b1", "c1").forEach(call -> submit(call.substring(0, 1), call));
        answer(5);
        assertThat(begun).containsExactly("a1", "a2", "b1", "c1", "a3");
    }

    @Test
    void callerWithTheMostCalls_losesItsNewest() {
        List<Future<String>> many =
                IntStream.rangeClosed(1, 6).mapToObj(i -> submit("a", "a" + i)).toList();
        assertThat(many).extracting(Future::failed).containsExactly(false, false, false, false, false, true);
        Future<String> one = submit("b", "b1");
        assertThat(one.failed()).isFalse();
        assertThat(many.get(4).cause()).isInstanceOf(FairQueue.FullException.class);
        Future<String> two = submit("b", "b2");
        assertThat(two.failed()).as("three and one would become two and two").isFalse();
        assertThat(submit("b", "b3").failed()).as("no other has more").isTrue();
        answer(5);
        assertThat(begun).containsExactly("a1", "a2", "b1", "a3", "b2");
        assertThat(many.get(2).result()).isEqualTo("done");
        assertThat(submit("c", "c1").isComplete()).as("there is room again").isFalse();
        assertThat(begun).endsWith("c1");
    }

    @Test
    void callThatFails_letsTheNextBegin() {
        Future<String> first = submit("a", "a1");
        Future<String> second = submit("a", "a2");
        running.remove(0).fail("broken");
        assertThat(first.failed()).isTrue();
        assertThat(begun).containsExactly("a1", "a2");
        answer(1);
        assertThat(second.result()).isEqualTo("done");
    }
}
