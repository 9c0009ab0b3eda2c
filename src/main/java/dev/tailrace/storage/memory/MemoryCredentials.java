package dev.tailrace.storage.memory;

import dev.tailrace.storage.KeyValueStore;
import io.vertx.core.Future;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Credentials in this process, lost when it ends. Used by all event loops; each call takes microseconds. */
public final class MemoryCredentials implements KeyValueStore {

    // All fields are guarded by this.
    private final Map<String, Text> texts = new HashMap<>();
    private final Map<String, Map<String, Long>> lists = new HashMap<>();

    /** Whatever has an end, the next to end first, so that no call has to look through all. */
    private final TreeSet<End> ends = new TreeSet<>(
            Comparator.comparingLong(End::at).thenComparing(End::name).thenComparing(End::member));

    private record Text(String text, long until) {}

    /** @param member of the list of that name; empty for a text */
    private record End(long at, String name, String member) {}

    @Override
    public synchronized Future<Void> put(String name, String text, long until) {
        forgetWhatIsOver();
        removed(name);
        texts.put(name, new Text(text, until));
        ends.add(new End(until, name, ""));
        return Future.succeededFuture();
    }

    private @Nullable String removed(String name) {
        Text before = texts.remove(name);
        if (before == null) {
            return null;
        }
        ends.remove(new End(before.until, name, ""));
        return before.text;
    }

    @Override
    public synchronized Future<@Nullable String> get(String name) {
        forgetWhatIsOver();
        Text kept = texts.get(name);
        return Future.succeededFuture(kept == null ? null : kept.text);
    }

    @Override
    public synchronized Future<@Nullable String> take(String name) {
        forgetWhatIsOver();
        return Future.succeededFuture(removed(name));
    }

    @Override
    public synchronized Future<Void> remove(String name) {
        removed(name);
        return Future.succeededFuture();
    }

    @Override
    public synchronized Future<Boolean> enlist(String list, String member, long until, int most) {
        forgetWhatIsOver();
        Map<String, Long> members = lists.getOrDefault(list, Map.of());
        if (most > 0 && members.size() >= most && !members.containsKey(member)) {
            return Future.succeededFuture(false);
        }
        struck(list, member);
        lists.computeIfAbsent(list, name -> new HashMap<>()).put(member, until);
        ends.add(new End(until, list, member));
        return Future.succeededFuture(true);
    }

    private void struck(String list, String member) {
        Map<String, Long> members = lists.getOrDefault(list, Map.of());
        Long until = members.get(member);
        if (until != null) {
            members.remove(member);
            ends.remove(new End(until, list, member));
            if (members.isEmpty()) {
                lists.remove(list);
            }
        }
    }

    @Override
    public synchronized Future<Void> strike(String list, String member) {
        struck(list, member);
        return Future.succeededFuture();
    }

    @Override
    public synchronized Future<List<String>> listed(String list) {
        forgetWhatIsOver();
        return Future.succeededFuture(
                List.copyOf(lists.getOrDefault(list, Map.of()).keySet()));
    }

    private void forgetWhatIsOver() {
        long now = System.currentTimeMillis();
        while (!ends.isEmpty() && ends.first().at <= now) {
            End over = ends.first();
            if (over.member.isEmpty()) {
                removed(over.name);
            } else {
                struck(over.name, over.member);
            }
        }
    }

    /** The number of texts and members of lists. */
    synchronized int size() {
        return texts.size() + lists.values().stream().mapToInt(Map::size).sum();
    }
}
