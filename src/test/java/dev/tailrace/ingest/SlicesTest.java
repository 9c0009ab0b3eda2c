package dev.tailrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.testing.RunningBroker;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SlicesTest {

    private final Vertx vertx = Vertx.vertx();
    private final Context loop = vertx.getOrCreateContext();
    private final Promise<List<String>> done = Promise.promise();

    // Touched on the loop only.
    private final List<String> ran = new ArrayList<>();
    private Slices slices;

    @AfterEach
    void close() {
        RunningBroker.await(vertx.close());
    }

    private void work(String name, int left) {
        ran.add(name);
        if (left > 0) {
            slices.next(() -> work(name, left - 1));
        } else if (name.equals("b")) {
            done.complete(List.copyOf(ran));
        }
    }

    @Test
    void slicesOfMany_alternate_andTimersRunInBetween() {
        loop.runOnContext(nothing -> {
            slices = new Slices(vertx);
            vertx.setPeriodic(1, id -> ran.add("-"));
            slices.run(() -> work("a", 3));
            slices.run(() -> work("b", 3));
        });

        List<String> order = RunningBroker.await(done.future());
        assertThat(order.stream().filter(one -> !one.equals("-")).limit(6))
                .containsExactly("a", "a", "b", "a", "b", "a");
        assertThat(order).contains("-");
    }

    @Test
    void sliceWithoutOthersWaiting_runsAtOnce_alsoAfterAFailedOne() {
        loop.exceptionHandler(expected -> {});
        loop.runOnContext(nothing -> {
            slices = new Slices(vertx);
            slices.next(() -> {
                throw new IllegalStateException("planned");
            });
            slices.next(() -> {
                ran.add("next");
                vertx.runOnContext(later -> {
                    slices.run(() -> ran.add("at once"));
                    ran.add("after");
                    done.complete(List.copyOf(ran));
                });
            });
        });
        assertThat(RunningBroker.await(done.future())).containsExactly("next", "at once", "after");
    }
}
