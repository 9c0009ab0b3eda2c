package dev.tailrace.egress.loki;

import dev.tailrace.broker.Filter;
import dev.tailrace.egress.history.HistoryReader;
import dev.tailrace.model.Entry;
import org.jspecify.annotations.Nullable;

/**
 * The entries that a query of Loki's API asks for.
 *
 * @param filter which of them, or null for all
 * @param start the earliest time, in {@linkplain LokiTime nanoseconds}
 * @param end the time that all are before, in nanoseconds
 */
record LokiRange(@Nullable Filter filter, long start, long end) implements HistoryReader.Wanted {

    @Override
    public boolean shows(long offset, byte[] bytes, int from, int to) {
        Entry entry;
        try {
            entry = Entry.read(bytes, from, to);
        } catch (IllegalArgumentException notAnEntry) {
            return false;
        }
        long time = LokiTime.of(entry, offset);
        return time >= start && time < end && (filter == null || filter.matches(entry));
    }

    @Override
    public long weight() {
        return filter == null ? 1 : filter.weight();
    }
}
