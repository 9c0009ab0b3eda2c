package dev.tailrace.cli.canary;

import dev.tailrace.model.Position;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Which numbered line each position of one device named, for all who read it, live or from its history: a position that named two
 * is a broken promise. Positions that follow one another mostly name numbers that do, so ranges are kept, and a bounded number of
 * them; of older positions nothing is known any more.
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

    /** Offsets up to {@code last}, each of which names the number that is greater by {@code difference}. */
    private record Range(long last, long difference) {}

    /**
     * Takes what a position names.
     *
     * @return false when it named another number before
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

    /** How often a position was found to name another line than before. */
    synchronized long renamed() {
        return renamed;
    }
}
