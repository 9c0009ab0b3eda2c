package dev.tailrace.storage;

import io.vertx.core.Future;
import java.util.List;

/**
 * The revoked credentials that all brokers share, numbered in the order in which they were added, so that a broker
 * reads only new ones. Every call fails with {@link RingUnavailableException} when storage did not answer in time.
 */
public interface RevocationList {

    /** The most entries of a page, and the most that one call may add or offer for removal. */
    int PAGE = 500;

    /**
     * One credential.
     *
     * @param credential its name, without an {@code @}
     * @param from epoch milliseconds from which on it is revoked
     * @param until epoch milliseconds after which the credential is not valid in any case, or {@link
     *     KeyValueStore#FOREVER}
     */
    record Revocation(String credential, long from, long until) {}

    /**
     * A part of the list.
     *
     * @param life names one life of the list: another name means that entries may be missing which the list had before,
     *     and that numbers have begun anew
     * @param last the highest number that was given out in this life
     * @param next the number after which the next part begins
     * @param more whether there may be entries after these
     * @param now the clock of storage, in epoch milliseconds
     * @param entries in the order in which they were added
     */
    record Page(String life, long last, long next, boolean more, long now, List<Revocation> entries) {}

    /**
     * Adds what an older version of the broker has revoked, which it lists elsewhere. Harmless to repeat, also by
     * several brokers at once. An older broker that still runs keeps its list.
     */
    default Future<Void> takeOver() {
        return Future.succeededFuture();
    }

    /** Adds revocations, except those that are listed already and those that have ended by the clock of storage. */
    Future<Void> add(List<Revocation> revocations);

    /**
     * Reads what was added after a number.
     *
     * @param over entries to remove; each is removed only if it has ended by the clock of storage
     */
    Future<Page> readAfter(long number, List<Revocation> over);
}
