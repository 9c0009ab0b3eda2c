package dev.tailrace.ring;

import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Credentials in this process; gone with it. */
public final class MemoryCredentials implements CredentialStore {

    private final Map<String, Text> texts = new ConcurrentHashMap<>();
    private final Map<String, Map<String, Long>> lists = new ConcurrentHashMap<>();

    private record Text(String text, long until) {}

    @Override
    public Future<Void> put(String name, String text, long until) {
        texts.values().removeIf(kept -> isOver(kept.until));
        texts.put(name, new Text(text, until));
        return Future.succeededFuture();
    }

    @Override
    public Future<@Nullable String> get(String name) {
        return Future.succeededFuture(valid(texts.get(name)));
    }

    @Override
    public Future<@Nullable String> take(String name) {
        return Future.succeededFuture(valid(texts.remove(name)));
    }

    private static @Nullable String valid(@Nullable Text kept) {
        return kept == null || isOver(kept.until) ? null : kept.text;
    }

    @Override
    public Future<Void> remove(String name) {
        texts.remove(name);
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> enlist(String list, String member, long until) {
        lists.computeIfAbsent(list, name -> new ConcurrentHashMap<>()).put(member, until);
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> strike(String list, String member) {
        lists.computeIfPresent(list, (name, members) -> {
            members.remove(member);
            return members.isEmpty() ? null : members;
        });
        return Future.succeededFuture();
    }

    @Override
    public Future<List<String>> listed(String list) {
        Map<String, Long> members = lists.getOrDefault(list, Map.of());
        members.values().removeIf(MemoryCredentials::isOver);
        return Future.succeededFuture(List.copyOf(members.keySet()));
    }

    private static boolean isOver(long until) {
        return until <= System.currentTimeMillis();
    }
}
