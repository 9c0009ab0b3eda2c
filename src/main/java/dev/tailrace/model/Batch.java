package dev.tailrace.model;

import org.jspecify.annotations.Nullable;

/**
 * Lines of one device on their way into the ring, stored by one atomic append.
 *
 * <p>Two names make an append that is sent twice harmless. The <em>writer</em> is one connection inside a broker: when
 * an answer of Redis was lost, the broker sends the very same batch again with the same {@code writerSeq}. The
 * <em>producer</em> is one life of a sending program: it numbers its lines, and a line whose number is not above the
 * last one stored of that producer is dropped, whichever broker it comes through.
 *
 * @param writer at most 32 ASCII characters, or absent when the sender prefers a failure to a second try
 * @param writerSeq counts the appends of this writer, from 1
 * @param producer at most 64 characters of the set of device ids, or absent
 * @param seqs one ascending number per entry when there is a producer, else empty
 * @param entries what to store, at least one
 */
public record Batch(
        @Nullable String writer, long writerSeq, @Nullable String producer, long[] seqs, Entries entries) {

    public static final int MAX_PRODUCER_LENGTH = 64;

    /** The sequence number of a line that has none. */
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

    /** Entries that are stored as often as they are appended. */
    public static Batch of(Entries entries) {
        return new Batch(null, 0, null, NO_SEQS, entries);
    }
}
