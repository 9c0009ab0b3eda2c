package dev.tailrace.broker;

import dev.tailrace.model.Entry;
import dev.tailrace.model.Line;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which entries a reader wants: those for which each condition holds. Patterns are RE2: their cost is linear in the
 * input, times the size of the pattern's program; see {@link #weight}.
 *
 * @param conditions the cheap ones first, and those on attributes last
 */
public record Filter(List<Condition> conditions) {

    private static final Comparator<Condition> IN_TURN =
            Comparator.comparing(Filter::isOnAttributes).thenComparing(Condition::weight);

    public Filter {
        conditions = conditions.stream().sorted(IN_TURN).toList();
    }

    private static boolean isOnAttributes(Condition condition) {
        return condition instanceof Condition.Attribute
                || (condition instanceof Condition.Not not && isOnAttributes(not.condition()));
    }

    /** A filter with these conditions. */
    public static Filter of(Condition... conditions) {
        return new Filter(List.of(conditions));
    }

    /** This filter, or null when it lets everything through. */
    public @Nullable Filter orNull() {
        return conditions.isEmpty() ? null : this;
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
     * What applying the filter may cost at most, per byte of the entries, in units of what reading an entry costs: the
     * sum of what its conditions cost, and one for the reading.
     */
    public long weight() {
        return 1 + conditions.stream().mapToLong(Condition::weight).sum();
    }

    /** Whether it lets an entry through. */
    public boolean matches(Entry entry) {
        Line line = entry.line();
        for (Condition condition : conditions) {
            if (!condition.holds(line)) {
                return false;
            }
        }
        return true;
    }
}
