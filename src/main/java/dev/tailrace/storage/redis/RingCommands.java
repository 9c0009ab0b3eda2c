package dev.tailrace.storage.redis;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.storage.Epochs;
import dev.tailrace.storage.Lineage;
import dev.tailrace.storage.Page;
import dev.tailrace.storage.RingOptions;
import dev.tailrace.storage.RingState;
import dev.tailrace.storage.redis.link.Call;
import dev.tailrace.storage.redis.link.RedisRouter;
import dev.tailrace.storage.redis.link.Script;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import org.jspecify.annotations.Nullable;

/** The arguments and answers of the scripts that read and change one ring. It does not know connections. */
final class RingCommands {

    /** Bytes of a call besides its entries. */
    static final int CALL_BYTES = 512;

    /** Where the entries are in the answer to a read; the state is before them. */
    private static final int ANNOUNCEMENTS_FROM = 10;

    /** Fields of the answer to a clear. */
    private static final int UNANNOUNCED = 7;

    private static final Page NO_RING = new Page(RingState.NONE, 1, Entries.NONE);

    private final RedisRouter link;
    private final RingOptions options;
    private final CorruptData damage;

    RingCommands(RedisRouter link, RingOptions options, CorruptData damage) {
        this.link = link;
        this.options = options;
        this.damage = damage;
    }

    Future<Page> read(DeviceId device, long from, int maxEntries, int maxBytes) {
        return readAnswer(device, from, maxEntries, maxBytes)
                .compose(answer -> page(device, answer, maxEntries, maxBytes));
    }

    private Future<@Nullable Response> readAnswer(DeviceId device, long from, int maxEntries, int maxBytes) {
        DeviceKeys keys = DeviceKeys.of(device);
        Call call = new Call(
                "read " + device,
                keys.slot(),
                CALL_BYTES,
                2,
                (server, named) -> evalsha(
                        Scripts.READ, named, keys.ring(), keys.meta(), from, maxEntries, maxBytes, options.capacity()),
                null);
        return link.call(call);
    }

    private Future<Page> page(DeviceId device, @Nullable Response answer, int maxEntries, int maxBytes) {
        if (answer == null) {
            return Future.succeededFuture(NO_RING);
        }
        if (answer.type() == ResponseType.NUMBER) {
            damage.found("the metadata of the ring", device);
            return Future.succeededFuture(NO_RING);
        }
        if (answer.get(8).toInteger() != 0) {
            damage.found("the ring", device);
        }
        Page page = readPage(device, answer, maxEntries, maxBytes);
        boolean asked = maxEntries > 0 && maxBytes > 0;
        return asked && isMissing(page, answer.get(7).toLong())
                ? behindUnreadable(device, DeviceKeys.of(device), page)
                : Future.succeededFuture(page);
    }

    private Page readPage(DeviceId device, Response answer, int maxEntries, int maxBytes) {
        RingState state = state(answer);
        PageBuilder page = new PageBuilder(answer.get(7).toLong(), state.head(), maxEntries, maxBytes);
        for (int i = ANNOUNCEMENTS_FROM; i < answer.size(); i++) {
            page.add(answer.get(i).toBytes());
        }
        if (page.passedOver()) {
            damage.found("entries", device);
        }
        return page.build(state);
    }

    /** Whether nothing was found where entries should be according to the ring's state. */
    private static boolean isMissing(Page page, long wanted) {
        return page.entries().isEmpty()
                && page.first() == wanted
                && wanted <= page.state().head();
    }

    /** An empty page that begins with the announcement after the wanted one, or after the head. */
    private Future<Page> behindUnreadable(DeviceId device, DeviceKeys keys, Page page) {
        damage.found("entries", device);
        Call call = new Call(
                "read " + device,
                keys.slot(),
                CALL_BYTES,
                server -> Request.cmd(Command.XRANGE, keys.ring(), page.first() + 1, "+", "COUNT", 1));
        return link.call(call).map(answer -> {
            long end = page.state().head() + 1;
            long next = answer == null || answer.size() == 0
                    ? end
                    : offsetOf(answer.get(0).get(0).toString());
            return new Page(page.state(), Math.min(next, end), Entries.NONE);
        });
    }

    private static long offsetOf(String streamId) {
        try {
            return Long.parseLong(streamId, 0, streamId.indexOf('-'), 10);
        } catch (NumberFormatException tooLarge) {
            return Long.MAX_VALUE;
        }
    }

    Future<RingState> clear(DeviceId device) {
        DeviceKeys keys = DeviceKeys.of(device);
        Call call = new Call(
                "clear " + device,
                keys.slot(),
                CALL_BYTES,
                2,
                (server, named) -> evalsha(Scripts.CLEAR, named, keys.ring(), keys.meta(), keys.live()),
                keys.live());
        return link.call(call).map(answer -> {
            if (answer != null && answer.get(UNANNOUNCED).toInteger() != 0) {
                link.unannounced(keys.slot());
            }
            return state(answer);
        });
    }

    /**
     * The state of a ring, in an epoch in which the answering server gives out offsets. A ring whose epoch began under
     * another mastership may lack entries, and gets a new epoch first.
     */
    Future<RingState> verifiedState(DeviceId device) {
        return readAnswer(device, 1, 0, 0).compose(answer -> {
            Future<RingState> state = page(device, answer, 0, 0).map(Page::state);
            // A Redis that refuses writes now stores no lines either, and the next line that it stores begins the new
            // epoch.
            return isOfAnotherMastership(answer)
                    ? renew(device)
                            .compose(renewed -> read(device, 1, 0, 0))
                            .map(Page::state)
                            .recover(cause -> state)
                    : state;
        });
    }

    private static boolean isOfAnotherMastership(@Nullable Response answer) {
        return answer != null
                && answer.type() != ResponseType.NUMBER
                && answer.get(9).toInteger() != 0;
    }

    private Future<Response> renew(DeviceId device) {
        DeviceKeys keys = DeviceKeys.of(device);
        return link.call(new Call(
                "renew " + device,
                keys.slot(),
                CALL_BYTES,
                2,
                (server, named) -> evalsha(Scripts.RENEW, named, keys.ring(), keys.meta(), Epochs.next()),
                null));
    }

    private static Request evalsha(Script script, int keys, Object... arguments) {
        Object[] all = new Object[arguments.length + 2];
        all[0] = script.sha1();
        all[1] = keys;
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        return Request.cmd(Command.EVALSHA, all);
    }

    private static RingState state(@Nullable Response answer) {
        return answer == null
                ? RingState.NONE
                : new RingState(
                        answer.get(0).toString(),
                        answer.get(1).toLong(),
                        answer.get(2).toLong(),
                        answer.get(3).toLong(),
                        Lineage.of(
                                answer.get(4).toString(),
                                answer.get(5).toLong(),
                                answer.get(6).toString()));
    }
}
