package dev.tailrace.storage;

import io.vertx.core.Future;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Small texts by name that all brokers share, and lists of names; credentials are kept in it. Every call fails with
 * {@link RingUnavailableException} when storage did not answer in time.
 */
public interface KeyValueStore {

    /** The time of what never ends. */
    long FOREVER = Long.MAX_VALUE;

    /**
     * Stores a text, and replaces an earlier one.
     *
     * @param until epoch milliseconds, or {@link #FOREVER}
     */
    Future<Void> put(String name, String text, long until);

    /** The text, or null. */
    Future<@Nullable String> get(String name);

    /**
     * The text as its reader parses it. Null when there is none, and when the reader throws: then it is not what was
     * stored there, and it is skipped and counted.
     */
    default <T> Future<@Nullable T> read(String name, Function<String, @Nullable T> reader) {
        return get(name).map(text -> {
            try {
                return text == null ? null : reader.apply(text);
            } catch (RuntimeException unreadable) {
                damaged(name);
                return null;
            }
        });
    }

    /**
     * Reports that the value under this name is not what was stored there. It is counted only where others can write.
     */
    default void damaged(String name) {}

    /** The text, which is removed; of many concurrent calls, one gets it. */
    Future<@Nullable String> take(String name);

    /** Removes a text. Harmless when there is none. */
    Future<Void> remove(String name);

    /**
     * Puts a member on a list, or changes how long it stays there. The list is gone when its last member is.
     *
     * @param until epoch milliseconds, or {@link #FOREVER}
     * @param most members that the list may have, 0 for any number
     * @return whether it is on the list; false when there are {@code most} others
     */
    Future<Boolean> enlist(String list, String member, long until, int most);

    /** As above, for a list that may have any number of members. */
    default Future<Void> enlist(String list, String member, long until) {
        return enlist(list, member, until, 0).mapEmpty();
    }

    /** Takes a member off a list; harmless when it is not there. */
    Future<Void> strike(String list, String member);

    /** The members of a list that have not ended, in no order. */
    Future<List<String>> listed(String list);
}
