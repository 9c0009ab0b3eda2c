package dev.tailrace.storage.redis;

import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.storage.Epochs;
import dev.tailrace.storage.RingOptions;
import dev.tailrace.storage.RingStore;
import dev.tailrace.storage.redis.link.RedisError;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** The arguments and answers of {@code append.lua}. */
final class AppendScript {

    // Redis keeps an announcement as it is. This size is small enough that few entries are read or kept unnecessarily,
    // and large enough that the cost besides its bytes does not count.
    private static final int ANNOUNCED_ENTRIES = 64;
    private static final int ANNOUNCED_BYTES = 8 * 1000;

    /** Numbers in Lua are doubles, and exact up to this one. */
    private static final long COUNTABLE = 1L << 53;

    private final RingOptions options;
    private final HeadCache heads;
    private final CorruptData damage;
    private final Consumer<DeviceId> unannounced;

    /** @param unannounced called when entries were stored that could not be announced */
    AppendScript(RingOptions options, HeadCache heads, CorruptData damage, Consumer<DeviceId> unannounced) {
        this.options = options;
        this.heads = heads;
        this.damage = damage;
        this.unannounced = unannounced;
    }

    /** Called again when a call is repeated: it may be sent to another server, and more may be known by then. */
    Request request(int keys, List<AppendBatcher.Append> group) {
        Request request =
                Request.cmd(Command.EVALSHA).arg(Scripts.APPEND.sha1()).arg(keys);
        for (AppendBatcher.Append append : group) {
            request.arg(append.keys().ring()).arg(append.keys().meta());
        }
        request.arg(options.capacity())
                .arg(options.timeToLive().toMillis())
                .arg(System.currentTimeMillis())
                .arg(Epochs.next())
                .arg(ANNOUNCED_ENTRIES)
                .arg(options.bytes());
        for (AppendBatcher.Append append : group) {
            Batch batch = append.batch();
            request.arg(append.keys().live())
                    .arg(batch.writer() == null ? "" : batch.writer())
                    .arg(batch.writerSeq())
                    .arg(batch.producer() == null ? "" : batch.producer())
                    .arg(seqs(batch));
            announcements(request, heads.of(append.device()), batch.entries());
        }
        return request;
    }

    private static void announcements(Request request, HeadCache.Known known, Entries entries) {
        int count = entries.size();
        request.arg(count);
        int[] ends = new int[16];
        int pieces = 0;
        for (int from = 0; from < count; from = ends[pieces++]) {
            if (pieces == ends.length) {
                ends = Arrays.copyOf(ends, pieces * 2);
            }
            ends[pieces] = Math.max(from + 1, endOfPiece(entries, from));
        }
        request.arg(pieces);
        for (int i = 0, from = 0; i < pieces; from = ends[i++]) {
            request.arg(announcement(known.epoch(), known.head() + 1 + from, entries, from, ends[i]));
        }
    }

    private static int endOfPiece(Entries entries, int from) {
        int most = Math.min(entries.size(), from + ANNOUNCED_ENTRIES);
        if (entries.start(most) - entries.start(from) <= ANNOUNCED_BYTES) {
            return most;
        }
        int to = from;
        while (entries.start(to + 1) - entries.start(from) <= ANNOUNCED_BYTES) {
            to++;
        }
        return to;
    }

    private static byte[] announcement(String epoch, long first, Entries entries, int from, int to) {
        byte[] header = ("S " + epoch + ' ' + first + '\n').getBytes(StandardCharsets.US_ASCII);
        int size = entries.start(to) - entries.start(from);
        // The last entry's newline may be missing.
        byte[] announcement = Arrays.copyOf(header, header.length + size);
        System.arraycopy(entries.bytes(), entries.start(from), announcement, header.length, size - 1);
        announcement[announcement.length - 1] = '\n';
        return announcement;
    }

    /**
     * Parses the outcome of each device's batch.
     *
     * @return one answer for each device, in order: what was appended, or the error
     */
    List<Object> answers(List<AppendBatcher.Append> group, Response answer) {
        String[] lines = answer.toString().split("\n", -1);
        List<Object> answers = new ArrayList<>(lines.length);
        for (int i = 0; i < lines.length; i++) {
            answers.add(answer(group.get(i).device(), lines[i]));
        }
        return answers;
    }

    private Object answer(DeviceId device, String line) {
        if (line.startsWith("E ")) {
            return RedisError.of(line.substring(2));
        }
        int head = line.indexOf(' ') + 1;
        int stored = line.indexOf(' ', head) + 1;
        int dropped = line.indexOf(' ', stored) + 1;
        int end = line.indexOf(' ', dropped);
        if (end >= 0 && line.indexOf('P', end) >= 0) {
            unannounced.accept(device);
        }
        if (end >= 0 && line.indexOf('R', end) >= 0) {
            damage.found("an unusable ring, which was replaced,", device);
        }
        RingStore.Appended appended = new RingStore.Appended(
                line.substring(0, head - 1),
                Long.parseLong(line, head, stored - 1, 10),
                Integer.parseInt(line, stored, dropped - 1, 10),
                Integer.parseInt(line, dropped, end < 0 ? line.length() : end, 10));
        heads.note(device, appended.epoch(), appended.head());
        return appended;
    }

    private static String seqs(Batch batch) {
        if (batch.producer() == null) {
            return "";
        }
        long[] seqs = batch.seqs();
        if (isRange(seqs)) {
            return seqs[0] + "-" + seqs[seqs.length - 1];
        }
        StringBuilder text = new StringBuilder(seqs.length * 8);
        for (long seq : seqs) {
            text.append(seq).append(' ');
        }
        return text.toString();
    }

    private static boolean isRange(long[] seqs) {
        for (int i = 1; i < seqs.length; i++) {
            if (seqs[i] != seqs[i - 1] + 1) {
                return false;
            }
        }
        return seqs[seqs.length - 1] < COUNTABLE;
    }
}
