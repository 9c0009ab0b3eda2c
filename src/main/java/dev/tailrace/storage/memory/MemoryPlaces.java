package dev.tailrace.storage.memory;

import dev.tailrace.storage.PlaceStore;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Places in this process, lost when it ends. The writer bounds how much there is. */
public final class MemoryPlaces implements PlaceStore {

    private final Map<String, Kept> lists = new ConcurrentHashMap<>();

    private record Kept(List<String> texts, long until) {}

    @Override
    public Future<Boolean> append(String list, int length, List<String> texts, Duration keep) {
        long now = System.currentTimeMillis();
        boolean[] fits = new boolean[1];
        lists.compute(list, (name, kept) -> {
            Kept valid = valid(kept, now);
            List<String> before = valid == null ? new ArrayList<>() : valid.texts;
            fits[0] = before.size() == length;
            if (!fits[0]) {
                return valid;
            }
            before.addAll(texts); // read under the same lock
            return before.isEmpty() ? null : new Kept(before, now + keep.toMillis());
        });
        return Future.succeededFuture(fits[0]);
    }

    @Override
    public Future<List<String>> read(String list, int from, int count) {
        List<String> found = new ArrayList<>();
        lists.computeIfPresent(list, (name, kept) -> {
            Kept valid = valid(kept, System.currentTimeMillis());
            if (valid != null) {
                int end = Math.min(valid.texts.size(), from + count);
                found.addAll(valid.texts.subList(Math.min(from, end), end));
            }
            return valid;
        });
        return Future.succeededFuture(found);
    }

    @Override
    public Future<Void> remove(String list) {
        lists.remove(list);
        return Future.succeededFuture();
    }

    /** Removes what has ended. */
    void sweep() {
        long now = System.currentTimeMillis();
        lists.values().removeIf(kept -> valid(kept, now) == null);
    }

    private static @Nullable Kept valid(@Nullable Kept kept, long now) {
        return kept == null || kept.until <= now ? null : kept;
    }
}
