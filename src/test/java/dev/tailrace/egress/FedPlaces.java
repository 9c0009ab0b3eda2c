package dev.tailrace.egress;

import dev.tailrace.storage.PlaceStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Places in a storage that answers when the test says so, on the thread that the test chooses. */
final class FedPlaces implements PlaceStore {

    /** Texts that are to be kept. */
    final List<Append> appends = new CopyOnWriteArrayList<>();

    /** Lists that are to be kept for longer, or shorter. */
    final List<Append> renewals = new CopyOnWriteArrayList<>();

    /** Lists that were read, and are not answered. */
    final List<Promise<List<String>>> reads = new CopyOnWriteArrayList<>();

    final List<String> removed = new CopyOnWriteArrayList<>();

    /** Thrown by each call from now on, instead of an answer. */
    volatile @Nullable RuntimeException broken;

    /** A call that waits for its answer. */
    record Append(String list, int length, List<String> texts, Duration keep, Promise<Boolean> answer) {}

    @Override
    public Future<Boolean> append(String list, int length, List<String> texts, Duration keep) {
        throwIfBroken();
        Append append = new Append(list, length, texts, keep, Promise.promise());
        (texts.isEmpty() ? renewals : appends).add(append);
        return append.answer.future();
    }

    @Override
    public Future<List<String>> read(String list, int from, int count) {
        throwIfBroken();
        Promise<List<String>> answer = Promise.promise();
        reads.add(answer);
        return answer.future();
    }

    @Override
    public Future<Void> remove(String list) {
        throwIfBroken();
        removed.add(list);
        return Future.succeededFuture();
    }

    private void throwIfBroken() {
        RuntimeException failure = broken;
        if (failure != null) {
            throw failure;
        }
    }

    /** The text that was to be kept last. */
    Append lastAppend() {
        return appends.get(appends.size() - 1);
    }
}
