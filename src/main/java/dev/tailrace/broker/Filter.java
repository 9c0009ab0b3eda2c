package dev.tailrace.broker;

import com.google.re2j.Pattern;
import dev.tailrace.model.Entry;
import dev.tailrace.model.Line;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which entries a reader wants. Absent parts let everything through, and all others must match. Patterns are RE2: their
 * cost is linear in the input, times the size of the pattern's program; see {@link #weight}.
 *
 * @param services any of these, or empty
 * @param streams any of {@code stdout}, {@code stderr}, or empty
 * @param system only system lines, or only others, or null
 * @param levels any of these, as {@link dev.tailrace.model.Level#canonical} has them, or empty
 * @param text the message contains it, letter case aside, or null
 * @param regex the message contains a match, or null
 * @param since the line's timestamp is not before it, in epoch milliseconds; {@link Long#MIN_VALUE} for none
 * @param until the line's timestamp is before it, in epoch milliseconds; {@link Long#MAX_VALUE} for none
 * @param conditions each of these holds
 */
public record Filter(
        Set<String> services,
        Set<String> streams,
        @Nullable Boolean system,
        Set<String> levels,
        @Nullable String text,
        @Nullable Pattern regex,
        long since,
        long until,
        List<Condition> conditions) {

    private static final Filter ALL = ofAll(List.of());

    /** A filter without conditions. */
    public Filter(
            Set<String> services,
            Set<String> streams,
            @Nullable Boolean system,
            Set<String> levels,
            @Nullable String text,
            @Nullable Pattern regex,
            long since,
            long until) {
        this(services, streams, system, levels, text, regex, since, until, List.of());
    }

    /** A filter that has conditions only. */
    public static Filter ofAll(List<Condition> conditions) {
        return new Filter(
                Set.of(),
                Set.of(),
                null,
                Set.of(),
                null,
                null,
                Long.MIN_VALUE,
                Long.MAX_VALUE,
                List.copyOf(conditions));
    }

    /** This filter, or null when it lets everything through. */
    public @Nullable Filter orNull() {
        return equals(ALL) ? null : this;
    }

    /** Whether a filter lets a stored entry through. What is not an entry is shown only without a filter. */
    public static boolean shows(@Nullable Filter filter, byte[] bytes, int start, int end) {
        if (filter == null) {
            return true;
        }
        try {
            return filter.matches(Entry.read(bytes, start, end));
        } catch (IllegalArgumentException notAnEntry) {
            return false;
        }
    }

    /**
     * What applying the filter may cost at most, per byte of the entries, in units of what reading an entry costs.
     * Searching for a text costs in proportion to its length, and matching a pattern in proportion to the size of its
     * program.
     */
    public long weight() {
        long weight = 1;
        if (text != null) {
            weight += text.length();
        }
        if (regex != null) {
            weight += regex.programSize();
        }
        for (Condition condition : conditions) {
            weight += condition.weight();
        }
        return weight;
    }

    /** Whether it lets an entry through. */
    public boolean matches(Entry entry) {
        Line line = entry.line();
        Long timestamp = line.timestamp();
        return (services.isEmpty() || (line.service() != null && services.contains(line.service())))
                && (streams.isEmpty() || streams.contains(line.stderr() ? "stderr" : "stdout"))
                && (system == null || system == line.system())
                && (levels.isEmpty() || (line.level() != null && levels.contains(line.level())))
                && (timestamp == null || (timestamp >= since && timestamp < until))
                && (text == null || containsIgnoringCase(line.message(), text))
                && (regex == null || regex.matcher(line.message()).find())
                && allHold(line);
    }

    private boolean allHold(Line line) {
        for (Condition condition : conditions) {
            if (!condition.holds(line)) {
                return false;
            }
        }
        return true;
    }

    private static boolean containsIgnoringCase(String message, String text) {
        int last = message.length() - text.length();
        for (int i = 0; i <= last; i++) {
            if (message.regionMatches(true, i, text, 0, text.length())) {
                return true;
            }
        }
        return false;
    }
}
