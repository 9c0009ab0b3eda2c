package dev.tailrace.storage;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;

/**
 * Lists of short texts that all brokers share; they hold the positions of readers of many devices. A list ends by
 * itself when it is not renewed, and its name is its only protection. Every call fails with {@link
 * RingUnavailableException} when storage did not answer in time; then it may or may not have been carried out.
 */
public interface PlaceStore {

    /**
     * Adds texts to the end of a list that has exactly so many, in one atomic step, and keeps the list for the given
     * time from now on. Without texts it only extends that time.
     *
     * @param length texts that the list has; with 0 the list begins
     * @return false when the list has another length, for example because storage lost it; then nothing is changed
     */
    Future<Boolean> append(String list, int length, List<String> texts, Duration keep);

    /**
     * Texts of a list in their order.
     *
     * @param from the first wanted, counted from 0
     * @param count at most so many
     * @return fewer when the list ends before, none when there is no such list
     */
    Future<List<String>> read(String list, int from, int count);

    /** Ends a list now. Harmless when there is none. */
    Future<Void> remove(String list);
}
