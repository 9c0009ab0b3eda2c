package dev.tailrace.broker;

import com.google.re2j.Pattern;
import dev.tailrace.model.Line;
import org.jspecify.annotations.Nullable;

/**
 * What one field of a line has to be, or must not be. A message is searched, with regard to letter case; any other field is
 * compared as a whole, and is the empty text when the line does not have it.
 *
 * @param negated whether the line must not be so
 * @param text what is looked for; unused with a pattern
 * @param pattern looked for instead of the text, or null
 */
public record Condition(
        Field field, boolean negated, String text, @Nullable Pattern pattern) {

    /** What can be asked about. */
    public enum Field {
        MESSAGE,
        SERVICE,
        LEVEL,
        STREAM
    }

    public static Condition ofText(Field field, boolean negated, String text) {
        return new Condition(field, negated, text, null);
    }

    public static Condition ofPattern(Field field, boolean negated, Pattern pattern) {
        return new Condition(field, negated, "", pattern);
    }

    /** As {@link Filter#weight}. */
    long weight() {
        return pattern == null ? text.length() : pattern.programSize();
    }

    boolean holds(Line line) {
        boolean found = switch (field) {
            case MESSAGE -> isIn(line.message());
            case SERVICE -> is(line.service());
            case LEVEL -> is(line.level());
            case STREAM -> is(line.stderr() ? "stderr" : "stdout");
        };
        return found != negated;
    }

    private boolean isIn(String message) {
        return pattern == null
                ? message.contains(text)
                : pattern.matcher(message).find();
    }

    private boolean is(@Nullable String field) {
        String value = field == null ? "" : field;
        return pattern == null ? value.equals(text) : pattern.matcher(value).matches();
    }
}
