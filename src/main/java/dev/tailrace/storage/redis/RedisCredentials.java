package dev.tailrace.storage.redis;

import dev.tailrace.storage.KeyValueStore;
import dev.tailrace.storage.redis.link.Call;
import dev.tailrace.storage.redis.link.RedisRouter;
import dev.tailrace.storage.redis.link.Script;
import dev.tailrace.storage.redis.link.Slots;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Credentials in Redis: a string for each text, and for each list a sorted set whose scores are the ends of its
 * members.
 */
final class RedisCredentials implements KeyValueStore {

    private static final String PREFIX = "tailrace:auth:";
    private static final String LIST = PREFIX + "list:";
    private static final String ENDLESS = "+inf";

    private final RedisRouter link;
    private final SharedLists lists;
    private final CorruptData damage;

    /**
     * Made for one event loop.
     *
     * @param link of the event loop
     * @param lists for calls whose answers may be long
     */
    RedisCredentials(RedisRouter link, SharedLists lists, CorruptData damage) {
        this.link = link;
        this.lists = lists;
        this.damage = damage;
    }

    @Override
    public Future<Void> put(String name, String text, long until) {
        return call(PREFIX + name, text.length(), key -> {
                    Request request = Request.cmd(Command.SET).arg(key).arg(text);
                    return until == FOREVER ? request : request.arg("PXAT").arg(until);
                })
                .mapEmpty();
    }

    @Override
    public Future<@Nullable String> get(String name) {
        return ask(PREFIX + name, key -> Request.cmd(Command.GET).arg(key)).map(RedisCredentials::text);
    }

    @Override
    public Future<@Nullable String> take(String name) {
        return ask(PREFIX + name, key -> Request.cmd(Command.GETDEL).arg(key)).map(RedisCredentials::text);
    }

    private static @Nullable String text(@Nullable Response response) {
        return response == null ? null : response.toString();
    }

    @Override
    public Future<Void> remove(String name) {
        return call(PREFIX + name, 0, key -> Request.cmd(Command.DEL).arg(key)).mapEmpty();
    }

    @Override
    public Future<Boolean> enlist(String list, String member, long until, int most) {
        String score = until == FOREVER ? ENDLESS : Long.toString(until);
        Maker adding =
                key -> evalsha(Scripts.ENLIST, key).arg(member).arg(score).arg(most);
        return call(LIST + list, member.length(), adding)
                .recover(cause -> {
                    if (!CorruptData.isOfAnotherType(cause)) {
                        return Future.failedFuture(cause);
                    }
                    damage.found(LIST + list);
                    // Otherwise no member could ever be added again.
                    return call(LIST + list, 0, key -> Request.cmd(Command.DEL).arg(key))
                            .compose(gone -> call(LIST + list, member.length(), adding));
                })
                .map(answer -> answer.toInteger() == 1);
    }

    @Override
    public Future<Void> strike(String list, String member) {
        return ask(LIST + list, key -> Request.cmd(Command.ZREM).arg(key).arg(member))
                .mapEmpty();
    }

    @Override
    public Future<List<String>> listed(String list) {
        String key = LIST + list;
        Future<Response> asked = lists.call(of(key, 0, one -> evalsha(Scripts.LISTED, one)));
        return damage.unlessOfAnotherType(key, asked).map(answer -> {
            List<String> members = new ArrayList<>();
            if (answer != null) {
                answer.forEach(member -> members.add(member.toString()));
            }
            return members;
        });
    }

    private static Request evalsha(Script script, String key) {
        return Request.cmd(Command.EVALSHA).arg(script.sha1()).arg(1).arg(key);
    }

    @Override
    public void damaged(String name) {
        damage.found(PREFIX + name);
    }

    /** The answer; null where there is none, or a value of another type. */
    private Future<@Nullable Response> ask(String key, Maker maker) {
        return damage.unlessOfAnotherType(key, call(key, 0, maker));
    }

    private Future<Response> call(String key, int bytes, Maker maker) {
        return link.call(of(key, bytes, maker));
    }

    private static Call of(String key, int bytes, Maker maker) {
        return new Call("store credentials", Slots.of(key), bytes, server -> maker.request(key));
    }

    /** Makes a request about one key, a new one for each attempt. */
    private interface Maker {
        Request request(String key);
    }
}
