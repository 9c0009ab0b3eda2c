package dev.tailrace.cli.canary;

import dev.tailrace.model.Position;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Accounts for the lines that one reader received of one device, which are numbered consecutively from 1: each number
 * must be delivered once and in order, or be reported as lost; anything else is a fault. Keeps a bounded number of
 * ranges.
 */
final class Ledger {

    /**
     * Limit for ranges of missing numbers that might still arrive; beyond it, late arrivals of older ones count as
     * repetitions.
     */
    private static final int MAX_RANGES = 1000;

    /**
     * Sums of one reader or of many.
     *
     * @param delivered numbers that arrived in order
     * @param inGaps numbers covered by a gap that counts them
     * @param told numbers skipped, or delivered again, at a change of the epoch: storage lost the ring, and the reader
     *     got a gap
     * @param epochs such changes
     * @param lost numbers that are missing without a gap
     * @param duplicated numbers that arrived again
     * @param reordered numbers that arrived after higher ones
     * @param misstated numbers by which gaps were too large
     */
    record Sums(
            long delivered,
            long inGaps,
            long told,
            long epochs,
            long lost,
            long duplicated,
            long reordered,
            long misstated) {

        static final Sums NONE = new Sums(0, 0, 0, 0, 0, 0, 0, 0);

        Sums plus(Sums other) {
            return new Sums(
                    delivered + other.delivered,
                    inGaps + other.inGaps,
                    told + other.told,
                    epochs + other.epochs,
                    lost + other.lost,
                    duplicated + other.duplicated,
                    reordered + other.reordered,
                    misstated + other.misstated);
        }

        /** Whether no promise was broken in between. */
        boolean sameFaults(Sums other) {
            return lost == other.lost
                    && duplicated == other.duplicated
                    && reordered == other.reordered
                    && misstated == other.misstated;
        }

        /** Whether a promise was broken. */
        boolean isFaulty() {
            return lost + duplicated + reordered + misstated > 0;
        }
    }

    private final TreeMap<Long, Long> missing = new TreeMap<>(); // first to last
    private @Nullable String epoch;
    private long expected = 1;
    private long reached; // accounted for before the latest change of the epoch
    private long gone; // entries reported in gaps since the last number
    private boolean uncounted; // whether a gap of unknown size was reported since then
    private long delivered;
    private long inGaps;
    private long told;
    private long epochs;
    private long lost;
    private long duplicated;
    private long reordered;
    private long misstated;

    /** Records the arrival of a number at this position. */
    synchronized void entry(Position position, long number) {
        boolean renewed = epoch != null && !epoch.equals(position.epoch());
        epoch = position.epoch();
        if (renewed) {
            epochs++;
        }
        if (renewed || uncounted) {
            reached = Math.max(reached, expected - 1);
            told += Math.abs(number - expected);
            missing.clear();
        } else if (number < expected) {
            late(number);
            return;
        } else {
            account(number - expected);
        }
        delivered++;
        expected = number + 1;
        gone = 0;
        uncounted = false;
    }

    private void late(long number) {
        Map.Entry<Long, Long> range = missing.floorEntry(number);
        if (range == null || range.getValue() < number) {
            duplicated++;
            return;
        }
        missing.remove(range.getKey());
        if (range.getKey() < number) {
            missing.put(range.getKey(), number - 1);
        }
        if (number < range.getValue()) {
            missing.put(number + 1, range.getValue());
        }
        lost--;
        reordered++;
    }

    private void account(long skipped) {
        // After storage came back with older data, old numbers repeat before new ones follow.
        long again = Math.max(0, Math.min(skipped, reached + 1 - expected));
        long covered = Math.min(skipped - again, gone);
        told += again;
        inGaps += covered;
        misstated += again == 0 ? gone - covered : 0;
        long first = expected + again + covered;
        long last = expected + skipped - 1;
        if (first <= last) {
            lost += last - first + 1;
            missing.put(first, last);
            if (missing.size() > MAX_RANGES) {
                missing.pollFirstEntry();
            }
        }
    }

    /** Records a gap. @param count the number of entries, or null when it is unknown */
    synchronized void gap(@Nullable Long count) {
        if (count == null) {
            uncounted = true;
        } else {
            gone += count;
        }
    }

    /** Records that the log was cleared: earlier lines may never arrive. */
    synchronized void cleared() {
        uncounted = true;
    }

    /** Closes the ledger: all lines stored up to this number must have arrived. */
    synchronized void end(long lastStored) {
        if (expected <= lastStored && !uncounted) {
            account(lastStored + 1 - expected);
        } else if (expected <= lastStored) {
            told += lastStored + 1 - expected;
        }
        expected = Math.max(expected, lastStored + 1);
        gone = 0;
    }

    /** The highest number that is accounted for. */
    synchronized long last() {
        return expected - 1;
    }

    synchronized Sums sums() {
        return new Sums(delivered, inGaps, told, epochs, lost, duplicated, reordered, misstated);
    }
}
