package dev.tailrace.cli.canary;

import dev.tailrace.model.Position;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The number of the line at each position of one device, as seen by all readers, live or in history: a position with
 * two different lines is a broken promise. Consecutive positions mostly have consecutive numbers, so a bounded number
 * of ranges is kept; older positions are forgotten.
 */
final class PositionNames {

    private static final int MAX_EPOCHS = 100;
    private static final int MAX_RANGES = 1000;

    private final Map<String, NavigableMap<Long, Range>> epochs = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, NavigableMap<Long, Range>> eldest) {
            return size() > MAX_EPOCHS;
        }
    };

    private long renamed;

    /** Offsets up to {@code last}; the number of each is the offset plus {@code difference}. */
    private record Range(long last, long difference) {}

    /**
     * Records the number at a position.
     *
     * @return false when the position had another number before
     */
    synchronized boolean add(Position position, long number) {
        NavigableMap<Long, Range> ranges = epochs.computeIfAbsent(position.epoch(), epoch -> new TreeMap<>());
        long offset = position.offset();
        long difference = number - offset;
        Map.Entry<Long, Range> before = ranges.floorEntry(offset);
        if (before != null && before.getValue().last() >= offset) {
            boolean same = before.getValue().difference() == difference;
            renamed += same ? 0 : 1;
            return same;
        }
        long last = offset;
        Range after = ranges.get(offset + 1);
        if (after != null && after.difference() == difference) {
            ranges.remove(offset + 1);
            last = after.last();
        }
        boolean follows = before != null
                && before.getValue().last() == offset - 1
                && before.getValue().difference() == difference;
        ranges.put(follows ? before.getKey() : offset, new Range(last, difference));
        if (ranges.size() > MAX_RANGES) {
            ranges.pollFirstEntry();
        }
        return true;
    }

    /** How often a position had another line than before. */
    synchronized long renamed() {
        return renamed;
    }
}
