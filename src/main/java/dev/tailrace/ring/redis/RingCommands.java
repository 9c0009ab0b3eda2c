package dev.tailrace.ring.redis;

import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.ring.Epochs;
import dev.tailrace.ring.Page;
import dev.tailrace.ring.Ring;
import dev.tailrace.ring.RingOptions;
import dev.tailrace.ring.RingState;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Speaks the scripts' language: their arguments and answers, and nothing of connections. */
final class RingCommands {

    /** What a call weighs besides its entries. */
    private static final int CALL_BYTES = 512;

    private final RedisLink link;
    private final RingOptions options;
    private final KnownHeads knownHeads;

    RingCommands(RedisLink link, RingOptions options, KnownHeads knownHeads) {
        this.link = link;
        this.options = options;
        this.knownHeads = knownHeads;
    }

    Future<Ring.Appended> append(DeviceId device, Batch batch) {
        DeviceKeys keys = DeviceKeys.of(device);
        byte[] packed = packed(batch.entries());
        String writer = batch.writer() == null ? "" : batch.writer();
        String producer = batch.producer() == null ? "" : batch.producer();
        Call call = new Call("append to " + device, keys.slot(), packed.length + CALL_BYTES, server -> {
            // Known and epoch are taken anew when the call is sent again: it may go to another server.
            KnownHeads.Known known = knownHeads.of(device);
            return evalsha(
                    Scripts.APPEND,
                    2,
                    keys.ring(),
                    keys.meta(),
                    server.runId(),
                    options.capacity(),
                    options.timeToLive().toMillis(),
                    System.currentTimeMillis(),
                    Epochs.next(),
                    known.epoch(),
                    known.head(),
                    writer,
                    batch.writerSeq(),
                    producer,
                    seqs(batch),
                    packed,
                    keys.live());
        });
        return link.call(call).map(answer -> {
            Ring.Appended appended = new Ring.Appended(
                    answer.get(0).toString(),
                    answer.get(1).toLong(),
                    answer.get(2).toInteger(),
                    answer.get(3).toInteger());
            knownHeads.note(device, appended.epoch(), appended.head());
            return appended;
        });
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
            byte[] entries = answer.get(7).toBytes();
            return new Page(state(answer), answer.get(6).toLong(), Entries.unpack(entries, 0, entries.length));
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

    private static byte[] packed(Entries entries) {
        int start = entries.start(0);
        int size = entries.byteSize();
        byte[] packed = Arrays.copyOfRange(entries.bytes(), start, start + size);
        // The last entry's newline may be missing.
        packed[size - 1] = '\n';
        return packed;
    }

    private static String seqs(Batch batch) {
        if (batch.producer() == null) {
            return "";
        }
        StringBuilder text = new StringBuilder(batch.seqs().length * 8);
        for (long seq : batch.seqs()) {
            text.append(seq).append(' ');
        }
        return text.toString();
    }
}
