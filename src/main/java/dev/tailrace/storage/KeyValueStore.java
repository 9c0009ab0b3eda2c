package dev.tailrace.storage;

import io.vertx.core.Future;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Small texts by name that all brokers share, and lists of names: what is kept of credentials. Every call fails with {@link
 * RingUnavailableException} when storage did not answer in time.
 */
public interface KeyValueStore {

    /** For what has no end. */
    long FOREVER = Long.MAX_VALUE;

    /**
     * Keeps a text, in place of one kept before.
     *
     * @param until epoch milliseconds, or {@link #FOREVER}
     */
    Future<Void> put(String name, String text, long until);

    /** The text, or null. */
    Future<@Nullable String> get(String name);

    /**
     * The text as its reader understands it; null when there is none, and when the reader throws: then it is not what was put
     * there, which is passed over and counted.
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

    /** What is kept under this name is not what was put there. Nobody counts it where nobody else can write. */
    default void damaged(String name) {}

    /** The text, which is then gone; of many who ask at once, one gets it. */
    Future<@Nullable String> take(String name);

    /** Harmless when there is none. */
    Future<Void> remove(String name);

    /**
     * Puts a member on a list, or changes how long it stays there. The list is gone when its last member is.
     *
     * @param until epoch milliseconds, or {@link #FOREVER}
     * @param most members that the list may have, 0 for any number
     * @return whether it is on the list; false when there are {@code most} others
     */
    Future<Boolean> enlist(String list, String member, long until, int most);

    /** Likewise, where a list may have any number of members. */
    default Future<Void> enlist(String list, String member, long until) {
        return enlist(list, member, until, 0).mapEmpty();
    }

    /** Takes a member off a list; harmless when it is not there. */
    Future<Void> strike(String list, String member);

    /** The members of a list whose time is not over, in no order. */
    Future<List<String>> listed(String list);
}
