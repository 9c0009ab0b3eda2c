package dev.tailrace.ingest;

import dev.tailrace.model.Batch;
import dev.tailrace.model.Entries;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Lines on their way to storage, and the number to acknowledge when they are stored. */
final class PendingBatch {

    private static final long[] NO_SEQS = {};

    private Entries.@Nullable Builder builder; // until it is built
    private int lines; // once built
    private int bytes;
    int room; // that it takes of the budget
    private long[] seqs = NO_SEQS;
    long upTo = Batch.NO_SEQ;
    private @Nullable Promise<Void> settled;

    PendingBatch(int expectedBytes) {
        this.builder = new Entries.Builder(expectedBytes);
    }

    Entries.Builder entries() {
        return Objects.requireNonNull(builder, "built already");
    }

    /** Ends the batch. The builder is released, because its spare room is not needed any more. */
    Entries build() {
        Entries entries = entries().build();
        lines = entries.size();
        bytes = entries.byteSize();
        builder = null;
        seqs = seqs.length == 0 ? NO_SEQS : Arrays.copyOf(seqs, lines);
        return entries;
    }

    int lines() {
        return builder == null ? lines : builder.size();
    }

    int bytes() {
        return builder == null ? bytes : builder.byteSize();
    }

    /** The numbers that the producer gave to the lines; empty without a producer. */
    long[] seqs() {
        return seqs;
    }

    /** Memory that the numbers take, in bytes. */
    int seqBytes() {
        return seqs.length * Long.BYTES;
    }

    /** Numbers the line that comes next. */
    void seq(long seq) {
        int index = lines();
        if (index == seqs.length) {
            seqs = Arrays.copyOf(seqs, Math.max(16, index * 2));
        }
        seqs[index] = seq;
    }

    /** Completes when the lines are stored or given up. */
    Future<Void> settled() {
        if (settled == null) {
            settled = Promise.promise();
        }
        return settled.future();
    }

    void settle() {
        if (settled != null) {
            settled.complete();
        }
    }
}
