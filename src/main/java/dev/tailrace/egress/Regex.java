package dev.tailrace.egress;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.tailrace.http.Problem;

/** Compiles the patterns of one request (RE2), within bounds on what compiling and matching all of them may cost. */
public final class Regex {

    private static final int MAX_PATTERN = 1000;

    /** Of all patterns together. What matching a byte may cost is in proportion to it. */
    static final int MAX_PROGRAM = 500;

    /**
     * Of all patterns together, by {@link PatternCost}, because an event loop compiles them: a millisecond or so. Well above the largest program
     * that is let through, for alternatives that begin alike become less than they look.
     */
    static final int MAX_COST = 10_000;

    private final String parameter;
    private int patterns;
    private double cost;
    private int programSize;

    /** @param parameter where the patterns stand, for the {@link Problem} that says what is wrong with one */
    public Regex(String parameter) {
        this.parameter = parameter;
    }

    /** @throws Problem when it is no pattern, or the patterns so far are too large */
    public Pattern compile(String pattern, int flags) {
        patterns++;
        if (pattern.length() > MAX_PATTERN) {
            throw Problem.badParameter(parameter, "a pattern must have at most " + MAX_PATTERN + " characters");
        }
        cost += PatternCost.of(pattern);
        if (cost > MAX_COST) {
            throw tooLarge();
        }
        try {
            Pattern compiled = Pattern.compile(pattern, flags);
            programSize += compiled.programSize();
            if (programSize > MAX_PROGRAM) {
                throw tooLarge();
            }
            return compiled;
        } catch (PatternSyntaxException invalid) {
            throw Problem.badParameter(parameter, "not a valid RE2 pattern: " + invalid.getDescription());
        }
    }

    private Problem tooLarge() {
        return Problem.badParameter(
                parameter,
                patterns > 1
                        ? "its patterns together are too large"
                        : "counted repetitions, or large classes, make its pattern too large; use * or +");
    }
}
