package dev.tailrace.broker;

import com.google.re2j.Pattern;
import dev.tailrace.model.Level;
import dev.tailrace.model.Line;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a filter requires of a line. Conditions are equal when they require the same. */
public sealed interface Condition {

    /** Whether the line meets it. */
    boolean holds(Line line);

    /** What {@link #holds} costs at most, as {@link Filter#weight}; 0 for a comparison of a field. */
    default long weight() {
        return 0;
    }

    /** The fields of a line that are compared as a whole. A line without the field has the empty text. */
    enum Field {
        SERVICE,
        /** The name of the {@link Level}. A pattern may match the word that was sent instead. */
        LEVEL,
        /** {@code stdout} or {@code stderr}. */
        STREAM;

        private String of(Line line) {
            return switch (this) {
                case SERVICE -> orEmpty(line.service());
                case LEVEL -> orEmpty(line.level());
                case STREAM -> line.stderr() ? "stderr" : "stdout";
            };
        }

        private static String orEmpty(@Nullable String value) {
            return value == null ? "" : value;
        }
    }

    /** The field has one of these values. */
    record OneOf(Field field, Set<String> values) implements Condition {
        public OneOf {
            values = Set.copyOf(values);
        }

        @Override
        public boolean holds(Line line) {
            return values.contains(field.of(line));
        }
    }

    /** The field matches a pattern as a whole. */
    record Matches(Field field, Pattern pattern) implements Condition {
        @Override
        public boolean holds(Line line) {
            String sent = field == Field.LEVEL ? line.levelText() : null;
            return pattern.matches(field.of(line)) || (sent != null && pattern.matches(sent));
        }

        @Override
        public long weight() {
            return pattern.programSize();
        }
    }

    /** The level is this one or a more severe one. A line without a known level does not match. */
    record AtLeast(Level level) implements Condition {
        @Override
        public boolean holds(Line line) {
            Level of = line.level() == null ? null : Level.of(line.level());
            return of != null && of.isAtLeast(level);
        }
    }

    /** The device's system software wrote the line, or did not. */
    record BySystem(boolean system) implements Condition {
        @Override
        public boolean holds(Line line) {
            return line.system() == system;
        }
    }

    /**
     * The line's timestamp is in a range.
     *
     * @param since the first, epoch milliseconds
     * @param until the first after the range, epoch milliseconds
     */
    record Between(long since, long until) implements Condition {
        @Override
        public boolean holds(Line line) {
            Long timestamp = line.timestamp();
            return timestamp == null || (timestamp >= since && timestamp < until);
        }
    }

    /** The message contains a text. Searching costs in proportion to the length of the text. */
    record Contains(String text, boolean ignoringCase) implements Condition {
        @Override
        public boolean holds(Line line) {
            String message = line.message();
            if (!ignoringCase) {
                return message.contains(text);
            }
            int last = message.length() - text.length();
            for (int i = 0; i <= last; i++) {
                if (message.regionMatches(true, i, text, 0, text.length())) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public long weight() {
            return text.length();
        }
    }

    /** The message contains a match of a pattern. Matching costs in proportion to the size of the pattern's program. */
    record Finds(Pattern pattern) implements Condition {
        @Override
        public boolean holds(Line line) {
            return pattern.matcher(line.message()).find();
        }

        @Override
        public long weight() {
            return pattern.programSize();
        }
    }

    /**
     * An attribute has one of these values, as {@link AttributeText} writes them.
     *
     * @param name of the attribute; dots lead into nested objects
     */
    record Attribute(String name, Set<String> values) implements Condition {
        public Attribute {
            values = Set.copyOf(values);
        }

        @Override
        public boolean holds(Line line) {
            byte[] attributes = line.attributes();
            return attributes != null && AttributeText.isOneOf(attributes, name, values);
        }

        @Override
        public long weight() {
            return 2; // reads the attributes once more
        }
    }

    /** The condition does not hold. */
    record Not(Condition condition) implements Condition {
        @Override
        public boolean holds(Line line) {
            return !condition.holds(line);
        }

        @Override
        public long weight() {
            return condition.weight();
        }
    }

    /** The level is one of these, each of them by any of its names. */
    static Condition ofLevels(Set<String> words) {
        return new OneOf(Field.LEVEL, words.stream().map(Level::canonical).collect(Collectors.toUnmodifiableSet()));
    }

    /** The condition, or its contrary. */
    static Condition of(Condition condition, boolean negated) {
        return negated ? new Not(condition) : condition;
    }
}
