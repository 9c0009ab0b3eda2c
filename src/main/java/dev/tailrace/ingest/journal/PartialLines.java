package dev.tailrace.ingest.journal;

import dev.tailrace.ingest.Room;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Joins the entries of lines that were too long for one: those that a container's log driver split
 * ({@code CONTAINER_PARTIAL_MESSAGE}, {@code _ID}, {@code _ORDINAL}, {@code _LAST}), and those that journald split
 * ({@code _LINE_BREAK=line-max}). Parts of other lines may come in between.
 *
 * <p>At most {@link #MAX_OPEN} lines are open. A line whose rest does not come is given up: it is stored as it is, when
 * {@link #WAIT_NANOS} have passed since its last part, when another line needs its place, or at the end of the upload.
 */
final class PartialLines {

    static final int MAX_OPEN = 64;

    /** How long the rest of a line is waited for. */
    static final long WAIT_NANOS = 5_000_000_000L;

    /** What becomes of an entry. */
    enum Fate {
        /** It is a line by itself. */
        WHOLE,
        /** It is kept as a part of a line. */
        HELD,
        /** It completed a line, which {@link #next} returns. */
        COMPLETED,
        /** There is no memory for it. */
        NO_ROOM
    }

    private final Room room;

    /** The one with the oldest last part first. */
    private final List<PartialLine> open = new ArrayList<>();

    private final Deque<PartialLine> toStore = new ArrayDeque<>();

    /** @param room what the parts of open lines are counted in */
    PartialLines(Room room) {
        this.room = room;
    }

    /** @param now of a monotonic clock, in nanoseconds */
    Fate take(JournalEntry entry, long now) {
        boolean continued = entry.isContinued();
        if (open.isEmpty() && !continued) {
            return Fate.WHOLE;
        }
        PartialLine line = lineOf(entry);
        if (line == null) {
            if (!continued) {
                return Fate.WHOLE;
            }
            if (open.size() == MAX_OPEN) {
                toStore.addLast(open.remove(0));
            }
            line = new PartialLine(room, entry);
        } else {
            if (line.isRepeated(entry)) {
                return Fate.HELD; // sent twice in one upload
            }
            open.remove(line);
        }
        if (!line.add(entry, now)) {
            return Fate.NO_ROOM;
        }
        if (line.isComplete()) {
            toStore.addLast(line);
            return Fate.COMPLETED;
        }
        open.add(line);
        return Fate.HELD;
    }

    /** The open line that the entry belongs to, or null. */
    private @Nullable PartialLine lineOf(JournalEntry entry) {
        String source = entry.source();
        for (int i = open.size() - 1; i >= 0; i--) {
            if (open.get(i).goesOnWith(entry, source)) {
                return open.get(i);
            }
        }
        return null;
    }

    /** Gives up the lines that have waited too long; returns when to call this again, or 0 when none is open. */
    long expire(long now) {
        for (Iterator<PartialLine> each = open.iterator(); each.hasNext(); ) {
            PartialLine line = each.next();
            long left = line.since() + WAIT_NANOS - now;
            if (left > 0) {
                return left;
            }
            each.remove();
            toStore.addLast(line);
        }
        return 0;
    }

    void giveUpAll() {
        toStore.addAll(open);
        open.clear();
    }

    boolean hasOpen() {
        return !open.isEmpty();
    }

    /** The line that is to be stored next, complete or given up; null when there is none. */
    @Nullable
    PartialLine next() {
        return toStore.peekFirst();
    }

    /** The line that {@link #next} returned is stored. */
    void stored() {
        PartialLine line = toStore.pollFirst();
        if (line != null) {
            line.close();
        }
    }

    /** Releases the memory of all lines. */
    void close() {
        open.forEach(PartialLine::close);
        open.clear();
        toStore.forEach(PartialLine::close);
        toStore.clear();
    }
}
