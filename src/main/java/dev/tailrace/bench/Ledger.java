package dev.tailrace.bench;

import java.util.ArrayList;
import java.util.List;

/** One reader's books: what must come next, and what did not come. */
final class Ledger {

    private static final long UNKNOWN = -1;

    private final Tally tally;
    private final boolean slow;
    private final List<long[]> holes = new ArrayList<>(0); // first and last line of what was passed over in silence
    private long nextOffset = UNKNOWN;
    private long nextLine = 1;
    private boolean adrift; // after a gap of unknown length

    /** @param slow whether gaps are what this reader asked for */
    Ledger(Tally tally, boolean slow) {
        this.tally = tally;
        this.slow = slow;
    }

    /** The first line that is neither here nor told, nor found, to be missing. */
    long nextLine() {
        return nextLine;
    }

    /** The stream stands behind this offset. */
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

    /** A line that was taken for lost came out of order; any other has come before. */
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

    /** An entry that is none of this run's. */
    void skip(long offset) {
        nextOffset = Math.max(nextOffset, offset + 1);
    }

    /** Entries that the broker says it cannot deliver. */
    void gap(long from, long to, long count) {
        tally.gaps++;
        if ((nextOffset != UNKNOWN && from != nextOffset) || count != to - from + 1) {
            tally.inexactGaps++;
        }
        nextOffset = to + 1;
        nextLine += count;
        countGap(count);
    }

    /** A gap that says only where it begins, because the ring's life ended. */
    void openGap() {
        tally.gaps++;
        nextOffset = UNKNOWN;
        adrift = true;
    }

    /** Nothing more comes: lines up to this one that are not here never will be. */
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
