package dev.tailrace.model;

import org.jspecify.annotations.Nullable;

/**
 * Lines of one device that one atomic append stores.
 *
 * <p>Two names make a repeated append harmless. The <em>writer</em> is one connection inside a broker: when a response of Redis was
 * lost, the broker sends the same batch again with the same {@code writerSeq}. The <em>producer</em> is one life of a sending program: it
 * numbers its lines, and a line whose number is not above the last stored one of that producer is dropped at any broker.
 *
 * @param writer at most 32 ASCII characters, or absent if a failed append must not be repeated
 * @param writerSeq counts the appends of this writer, from 1
 * @param producer at most 64 characters, of the same set as device ids, or absent
 * @param seqs one ascending number per entry if there is a producer; otherwise empty
 * @param entries at least one
 */
public record Batch(
        @Nullable String writer, long writerSeq, @Nullable String producer, long[] seqs, Entries entries) {

    public static final int MAX_PRODUCER_LENGTH = 64;

    /** Stands for the sequence number of a line without one. */
    public static final long NO_SEQ = -1;

    private static final long[] NO_SEQS = {};

    public Batch {
        if (entries.isEmpty()) {
            throw new IllegalArgumentException("a batch has at least one entry");
        }
        if (producer != null && seqs.length != entries.size()) {
            throw new IllegalArgumentException("a producer numbers each of its entries");
        }
    }

    /** Entries without a writer or producer, which are stored again if they are appended again. */
    public static Batch of(Entries entries) {
        return new Batch(null, 0, null, NO_SEQS, entries);
    }
}
