package dev.tailrace.broker;

import com.google.re2j.Pattern;
import dev.tailrace.model.Line;
import org.jspecify.annotations.Nullable;

/**
 * A condition on one field of a line. A message is searched, and letter case matters; any other field is compared as a
 * whole, and is the empty text when the line does not have it.
 *
 * @param negated whether the line must not match
 * @param text what the field is searched for or compared with; unused with a pattern
 * @param pattern is used instead of the text; null for none
 */
public record Condition(
        Field field, boolean negated, String text, @Nullable Pattern pattern) {

    /** The fields of a line that conditions can name. */
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
