package dev.tailrace.storage.redis;

import dev.tailrace.storage.PlaceStore;
import dev.tailrace.storage.redis.link.Call;
import dev.tailrace.storage.redis.link.RedisRouter;
import dev.tailrace.storage.redis.link.Slots;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Places in Redis: each is a list that expires. */
final class RedisPlaces implements PlaceStore {

    private static final String PREFIX = "tailrace:places:";

    private final RedisRouter link;
    private final CorruptData damage;

    RedisPlaces(RedisRouter link, CorruptData damage) {
        this.link = link;
        this.damage = damage;
    }

    @Override
    public Future<Boolean> append(String list, int length, List<String> texts, Duration keep) {
        String key = PREFIX + list;
        int bytes = texts.stream().mapToInt(String::length).sum();
        return call(key, bytes, () -> {
                    Request request = Request.cmd(Command.EVALSHA)
                            .arg(Scripts.PLACES.sha1())
                            .arg(1)
                            .arg(key)
                            .arg(length)
                            .arg(keep.toMillis());
                    texts.forEach(request::arg);
                    return request;
                })
                .map(answer -> answer != null && answer.toInteger() == 1);
    }

    @Override
    public Future<List<String>> read(String list, int from, int count) {
        String key = PREFIX + list;
        return call(key, 0, () -> Request.cmd(Command.LRANGE).arg(key).arg(from).arg(from + count - 1))
                .map(answer -> {
                    List<String> texts = new ArrayList<>();
                    if (answer != null) {
                        answer.forEach(text -> texts.add(text.toString()));
                    }
                    return texts;
                });
    }

    @Override
    public Future<Void> remove(String list) {
        String key = PREFIX + list;
        return call(key, 0, () -> Request.cmd(Command.DEL).arg(key)).mapEmpty();
    }

    /**
     * The answer; null where the key holds a value of another type. The key is the only protection of its list, so it
     * is never logged.
     */
    private Future<@Nullable Response> call(String key, int bytes, Supplier<Request> request) {
        return damage.unlessOfAnotherType(
                PREFIX + "*",
                link.call(new Call("keep the places of a stream", Slots.of(key), bytes, server -> request.get())));
    }
}
