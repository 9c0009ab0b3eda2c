package dev.tailrace.testing;

import dev.tailrace.testing.EventReader.Event;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Accounts for everything that one reader of one device received, over any number of connections: each offset has to come once and
 * in order, as an entry or within a gap. What contradicts that is a violation. Where the lines are those of a {@link TestDevice} it
 * also accounts for their numbers, so that a line that was stored twice, or was lost before it got an offset, is found too.
 *
 * <p>One thread hands in events; any thread may ask.
 */
public final class DeliveryAudit {

    private static final int MOST_VIOLATIONS = 20;

    private final boolean numbered;
    private final List<String> violations = new ArrayList<>();
    private final List<String> events = new ArrayList<>();
    private boolean opened;
    private long next;
    private @Nullable String epoch;
    private boolean renewed; // the next entry says what the new epoch begins with
    private long entries;
    private long missing;
    private long epochChanges;
    private long linesOffAtEpochs;
    private long lastLine;
    private long linesMissed;
    private @Nullable String token;
    private @Nullable String reason;

    private DeliveryAudit(boolean numbered) {
        this.numbered = numbered;
    }

    /** Accounts from the first place on that the stream names. */
    public DeliveryAudit() {
        this(false);
    }

    /** @param first the offset that has to come next */
    public DeliveryAudit(long first) {
        this(false);
        next = first;
        opened = true;
    }

    /** Accounts for the numbers of a {@link TestDevice}'s lines too, from its first line on. */
    public static DeliveryAudit ofNumberedLines() {
        return new DeliveryAudit(true);
    }

    // ---- what came

    public synchronized void accept(Event event) {
        if (!event.isMessage()) {
            if (event.id() != null) {
                place(event.id());
            }
        } else if (event.isEntry()) {
            entry(event);
        } else {
            events.add(event.name() + " " + event.data());
            if (event.name().equals("gap")) {
                gap(event.json());
            }
        }
        if (event.id() != null) {
            token = event.id();
        }
    }

    /** The first place is where the account begins, if it has not begun; each further one must be where the reader stands. */
    private void place(String id) {
        if (!opened) {
            epoch = epoch(id).equals("0") ? null : epoch(id);
            next = offset(id) + 1;
            opened = true;
        } else if (epoch(id).equals(epoch) && !renewed && offset(id) + 1 != next) {
            violation("place " + id + " where " + next + " was due");
        }
    }

    private void entry(Event event) {
        JsonObject entry = event.json();
        String id = entry.getString("id");
        long offset = offset(id);
        if (!opened) {
            next = offset;
            opened = true;
        }
        if (epoch == null || renewed) {
            epoch = epoch(id);
            if (renewed) {
                next = offset;
                beginEpoch(entry.getString("message"));
            }
            renewed = false;
        }
        if (!epoch(id).equals(epoch)) {
            violation("entry " + id + " of another epoch than " + epoch);
        } else if (offset != next) {
            violation("entry " + offset + " instead of " + next);
        }
        if (!id.equals(event.id())) {
            violation("id " + event.id() + " of entry " + id);
        }
        next = offset + 1;
        entries++;
        if (numbered) {
            count(entry.getString("message"));
        }
    }

    private void beginEpoch(String message) {
        if (numbered) {
            long line = lineOf(message);
            linesOffAtEpochs += Math.abs(line - lastLine - 1);
            lastLine = line - 1;
        }
    }

    private void count(String message) {
        long line = lineOf(message);
        if (line <= lastLine) {
            violation("line " + line + " after line " + lastLine);
        }
        linesMissed += line - lastLine - 1;
        lastLine = line;
    }

    private void gap(JsonObject gap) {
        reason = gap.getString("reason");
        String from = gap.getString("from");
        Long count = gap.getLong("count");
        if (count == null) {
            epochChanges++;
            renewed = true;
            return;
        }
        long first = offset(from);
        long last = offset(gap.getString("to"));
        if (epoch == null || renewed) {
            next = renewed ? first : next;
            epoch = epoch(from);
        }
        if (first != next || count != last - first + 1) {
            violation("gap " + gap + " where " + next + " was due");
        }
        next = last + 1;
        missing += count;
    }

    private static String epoch(String position) {
        return position.substring(0, position.indexOf('-'));
    }

    private static long offset(String position) {
        return Long.parseLong(position.substring(position.indexOf('-') + 1));
    }

    private static long lineOf(String message) {
        return Long.parseLong(message.split(" ")[1]);
    }

    synchronized void violation(String what) {
        if (violations.size() < MOST_VIOLATIONS) {
            violations.add(what);
        }
    }

    // ---- the account

    /** Reads on until this offset was delivered or was in a gap; fails at the first violation, and at an event that is no gap. */
    public void readTo(EventReader reader, long last) {
        while (next() <= last) {
            Event event = reader.next();
            if (event == null) {
                throw new AssertionError("the stream ended at " + next());
            }
            accept(event);
            assertSound();
            if (event.isMessage() && !event.isEntry() && !"gap".equals(event.name())) {
                throw new AssertionError("unexpected: " + event);
            }
        }
    }

    /** Fails when there was a violation. */
    public void assertSound() {
        List<String> found = violations();
        if (!found.isEmpty()) {
            throw new AssertionError(String.join("\n", found));
        }
    }

    public synchronized List<String> violations() {
        return List.copyOf(violations);
    }

    /** Names and data of all events that are no entries. */
    public synchronized List<String> events() {
        return List.copyOf(events);
    }

    /** Whether it is known which offset has to come first, so that lines from now on are accounted for. */
    public synchronized boolean isOpened() {
        return opened;
    }

    /** The offset that has to come next. */
    public synchronized long next() {
        return next;
    }

    public synchronized long entries() {
        return entries;
    }

    /** Entries that were covered by gaps. */
    public synchronized long missing() {
        return missing;
    }

    /** The reason of the last gap. */
    public synchronized @Nullable String reason() {
        return reason;
    }

    /** Gaps of unknown size, because storage was lost or renewed. */
    public synchronized long epochChanges() {
        return epochChanges;
    }

    /** The distance, in either direction, of the first line of each new epoch from the one after the last line. */
    public synchronized long linesOffAtEpochs() {
        return linesOffAtEpochs;
    }

    /** The number in the last line. */
    public synchronized long lastLine() {
        return lastLine;
    }

    /** Numbers that were skipped between two lines; gaps must cover them. */
    public synchronized long linesMissed() {
        return linesMissed;
    }

    /** The position to resume at. */
    public synchronized @Nullable String token() {
        return token;
    }
}
