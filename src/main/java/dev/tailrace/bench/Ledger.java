package dev.tailrace.bench;

import java.util.ArrayList;
import java.util.List;

/** Accounts for the lines of one reader: the expected next line, and the missing ones. */
final class Ledger {

    private static final long UNKNOWN = -1;

    private final Tally tally;
    private final boolean slow;
    private final List<long[]> holes =
            new ArrayList<>(0); // first and last line of ranges that were skipped without a gap
    private long nextOffset = UNKNOWN;
    private long nextLine = 1;
    private boolean adrift; // after a gap of unknown length

    /** @param slow whether the reader is slow on purpose, so that gaps are expected */
    Ledger(Tally tally, boolean slow) {
        this.tally = tally;
        this.slow = slow;
    }

    /** The first line that has neither arrived nor been reported or found missing. */
    long nextLine() {
        return nextLine;
    }

    /** Records that the stream is after this offset. */
    void place(long offset) {
        if (nextOffset == UNKNOWN) {
            nextOffset = offset + 1;
        }
    }

    void entry(long offset, long line) {
        if (offset == nextOffset && line == nextLine) {
            nextOffset++;
            nextLine++;
            return;
        }
        unexpected(offset, line);
    }

    private void unexpected(long offset, long line) {
        if (nextOffset != UNKNOWN && offset > nextOffset) {
            tally.offsetHoles += offset - nextOffset;
        }
        nextOffset = Math.max(nextOffset, offset + 1);
        if (line < nextLine) {
            late(line);
            return;
        }
        if (adrift) {
            countGap(line - nextLine);
        } else if (line > nextLine) {
            tally.lost += line - nextLine;
            holes.add(new long[] {nextLine, line - 1});
        }
        adrift = false;
        nextLine = line + 1;
    }

    /** A line that was considered lost arrived out of order; any other line is a repetition. */
    private void late(long line) {
        for (int i = 0; i < holes.size(); i++) {
            long[] hole = holes.get(i);
            if (line >= hole[0] && line <= hole[1]) {
                tally.lost--;
                tally.disordered++;
                holes.remove(i);
                keep(hole[0], line - 1);
                keep(line + 1, hole[1]);
                return;
            }
        }
        tally.duplicates++;
    }

    private void keep(long first, long last) {
        if (first <= last) {
            holes.add(new long[] {first, last});
        }
    }

    /** Records an entry that does not belong to this run. */
    void skip(long offset) {
        nextOffset = Math.max(nextOffset, offset + 1);
    }

    /** Records entries that the broker reports as lost. */
    void gap(long from, long to, long count) {
        tally.gaps++;
        if ((nextOffset != UNKNOWN && from != nextOffset) || count != to - from + 1) {
            tally.inexactGaps++;
        }
        nextOffset = to + 1;
        nextLine += count;
        countGap(count);
    }

    /** Records a gap without an end, because the epoch of the ring ended. */
    void openGap() {
        tally.gaps++;
        nextOffset = UNKNOWN;
        adrift = true;
    }

    /** Closes the ledger: lines up to this one that have not arrived are lost. */
    void close(long lastLine) {
        if (lastLine >= nextLine) {
            tally.lost += lastLine - nextLine + 1;
            nextLine = lastLine + 1;
        }
    }

    private void countGap(long count) {
        if (slow) {
            tally.slowGapEntries += count;
        } else {
            tally.gapEntries += count;
        }
    }
}
