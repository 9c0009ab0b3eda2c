package dev.tailrace.ring.redis;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.ring.Epochs;
import dev.tailrace.ring.Page;
import dev.tailrace.ring.RingOptions;
import dev.tailrace.ring.RingState;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import org.jspecify.annotations.Nullable;

/** Speaks the scripts' language: their arguments and answers, and nothing of connections. */
final class RingCommands {

    /** What a call weighs besides its entries. */
    static final int CALL_BYTES = 512;

    /** In the answer to a read; before them is the state. */
    private static final int ANNOUNCEMENTS_FROM = 7;

    private final RedisLink link;
    private final RingOptions options;
    private final KnownHeads knownHeads;

    RingCommands(RedisLink link, RingOptions options, KnownHeads knownHeads) {
        this.link = link;
        this.options = options;
        this.knownHeads = knownHeads;
    }

    Future<Page> read(DeviceId device, long from, int maxEntries, int maxBytes) {
        DeviceKeys keys = DeviceKeys.of(device);
        Call call = new Call(
                "read " + device,
                keys.slot(),
                CALL_BYTES,
                server -> evalsha(
                        Scripts.READ, 2, keys.ring(), keys.meta(), from, maxEntries, maxBytes, options.capacity()));
        return link.call(call).map(answer -> {
            if (answer == null) {
                return new Page(RingState.NONE, 1, Entries.NONE);
            }
            PageBuilder page = new PageBuilder(answer.get(6).toLong(), maxEntries, maxBytes);
            for (int i = ANNOUNCEMENTS_FROM; i < answer.size(); i++) {
                page.add(answer.get(i).toBytes());
            }
            return page.build(state(answer));
        });
    }

    Future<RingState> clear(DeviceId device) {
        DeviceKeys keys = DeviceKeys.of(device);
        Call call = new Call(
                "clear " + device,
                keys.slot(),
                CALL_BYTES,
                server -> evalsha(Scripts.CLEAR, 2, keys.ring(), keys.meta(), keys.live()));
        return link.call(call).map(RingCommands::state);
    }

    /** The state of a ring; a ring that lost entries which this broker knows of gets a new epoch first. */
    Future<RingState> verifiedState(DeviceId device) {
        return read(device, 1, 0, 0).compose(page -> {
            RingState state = page.state();
            KnownHeads.Known known = knownHeads.of(device);
            return state.exists() && state.epoch().equals(known.epoch()) && state.head() < known.head()
                    ? renew(device, known)
                    : Future.succeededFuture(state);
        });
    }

    private Future<RingState> renew(DeviceId device, KnownHeads.Known known) {
        DeviceKeys keys = DeviceKeys.of(device);
        Call call = new Call(
                "renew " + device,
                keys.slot(),
                CALL_BYTES,
                server -> evalsha(
                        Scripts.RENEW,
                        2,
                        keys.ring(),
                        keys.meta(),
                        server.runId(),
                        known.epoch(),
                        known.head(),
                        Epochs.next(),
                        options.capacity()));
        return link.call(call).map(RingCommands::state);
    }

    private static Request evalsha(Scripts.Script script, int keys, Object... arguments) {
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
                        answer.get(4).toString(),
                        answer.get(5).toLong());
    }
}
