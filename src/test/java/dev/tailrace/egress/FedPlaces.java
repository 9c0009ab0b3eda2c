package dev.tailrace.egress;

import dev.tailrace.storage.PlaceStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Positions in a scripted storage, which answers on the thread that the test chooses. */
final class FedPlaces implements PlaceStore {

    /** Texts to be stored. */
    final List<Append> appends = new CopyOnWriteArrayList<>();

    /** Lists to be kept for another time. */
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

    /** The latest text to be stored. */
    Append lastAppend() {
        return appends.get(appends.size() - 1);
    }
}
