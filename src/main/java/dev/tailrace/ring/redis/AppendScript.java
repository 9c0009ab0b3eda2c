package dev.tailrace.ring.redis;

import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.ring.Epochs;
import dev.tailrace.ring.Ring;
import dev.tailrace.ring.RingOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Speaks the append script's language: its arguments and its answers. */
final class AppendScript {

    private final RingOptions options;
    private final KnownHeads knownHeads;

    AppendScript(RingOptions options, KnownHeads knownHeads) {
        this.options = options;
        this.knownHeads = knownHeads;
    }

    /** Made anew when a call is sent again: it may go to another server, and more may be known by then. */
    Request request(Server server, List<Appends.Append> group) {
        Request request =
                Request.cmd(Command.EVALSHA).arg(Scripts.APPEND.sha1()).arg(2 * group.size());
        for (Appends.Append append : group) {
            request.arg(append.keys().ring()).arg(append.keys().meta());
        }
        request.arg(server.runId())
                .arg(options.capacity())
                .arg(options.timeToLive().toMillis())
                .arg(System.currentTimeMillis())
                .arg(Epochs.next());
        for (Appends.Append append : group) {
            Batch batch = append.batch();
            request.arg(append.keys().live())
                    .arg(batch.writer() == null ? "" : batch.writer())
                    .arg(batch.writerSeq())
                    .arg(batch.producer() == null ? "" : batch.producer())
                    .arg(seqs(batch))
                    .arg(announcement(knownHeads.of(append.device()), batch.entries()));
        }
        return request;
    }

    /** Reads what became of one device's batch. */
    Ring.Appended appended(DeviceId device, Response answer) {
        Ring.Appended appended = new Ring.Appended(
                answer.get(0).toString(),
                answer.get(1).toLong(),
                answer.get(2).toInteger(),
                answer.get(3).toInteger());
        knownHeads.note(device, appended.epoch(), appended.head());
        return appended;
    }

    private static byte[] announcement(KnownHeads.Known known, Entries entries) {
        byte[] header = ("S " + known.epoch() + ' ' + (known.head() + 1) + '\n').getBytes(StandardCharsets.US_ASCII);
        int size = entries.byteSize();
        // The last entry's newline may be missing.
        byte[] announcement = Arrays.copyOf(header, header.length + size);
        System.arraycopy(entries.bytes(), entries.start(0), announcement, header.length, size - 1);
        announcement[announcement.length - 1] = '\n';
        return announcement;
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
