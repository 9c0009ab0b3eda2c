package dev.tailrace.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
final class EndOfTickTest {

    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final EndOfTick endOfTick = new EndOfTick(context);
    private final List<String> order = new CopyOnWriteArrayList<>();

    private EndOfTick.Task task(String name) {
        return () -> order.add(name);
    }

    /** Runs in one tick, and waits for the next ones. */
    private void tick(Runnable what) {
        var done = new CompletableFuture<Void>();
        context.exceptionHandler(thrown -> order.add(String.valueOf(thrown.getMessage())));
        context.runOnContext(nothing -> what.run());
        after(5, done);
        done.orTimeout(10, TimeUnit.SECONDS).join();
    }

    private void after(int ticks, CompletableFuture<Void> done) {
        context.runOnContext(nothing -> {
            if (ticks == 0) {
                done.complete(null);
            } else {
                after(ticks - 1, done);
            }
        });
    }

    @AfterEach
    void close() {
        vertx.close()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(10, TimeUnit.SECONDS)
                .join();
    }

    @Test
    void storage_comesAfterAllSenders() {
        tick(() -> {
            endOfTick.call(task("one"));
            endOfTick.callLast(task("storage"));
            endOfTick.call(task("other"));
            order.add("read");
        });
        assertThat(order).containsExactly("read", "one", "other", "storage");
    }

    @Test
    void storageThatASenderFills_comesInTheSameTick() {
        tick(() -> {
            endOfTick.call(() -> {
                order.add("one");
                endOfTick.callLast(task("storage"));
            });
            endOfTick.call(task("other"));
            context.runOnContext(nothing -> order.add("next task"));
        });
        assertThat(order).containsExactly("one", "other", "storage", "next task");
    }

    @Test
    void storageAlone_comesAtTheEnd() {
        tick(() -> {
            endOfTick.callLast(task("storage"));
            order.add("read");
        });
        assertThat(order).containsExactly("read", "storage");
    }

    @Test
    void senderThatComesMeanwhile_waitsForTheNextTick() {
        tick(() -> endOfTick.call(() -> {
            order.add("one");
            endOfTick.call(task("late"));
            endOfTick.callLast(task("storage"));
        }));
        assertThat(order).containsExactly("one", "storage", "late");
    }

    @Test
    void storageThatWaitsAgain_comesInTheNextTick() {
        tick(() -> endOfTick.callLast(() -> {
            order.add("storage");
            endOfTick.callLast(task("again"));
            context.runOnContext(nothing -> order.add("next task"));
        }));
        assertThat(order).containsExactly("storage", "again", "next task");
    }

    @Test
    void senderThatThrows_delaysTheOthersOnly() {
        tick(() -> {
            endOfTick.call(() -> {
                throw new IllegalStateException("broken");
            });
            endOfTick.call(task("other"));
            endOfTick.callLast(task("storage"));
        });
        assertThat(order).containsExactlyInAnyOrder("broken", "storage", "other");
    }
}
