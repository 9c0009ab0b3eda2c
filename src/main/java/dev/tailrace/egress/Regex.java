package dev.tailrace.egress;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.tailrace.http.Problem;

/** Compiles the patterns of one request (RE2), within bounds on what compiling and matching all of them may cost. */
public final class Regex {

    private static final int MAX_PATTERN = 1000;

    /** The total size of all patterns. The cost of matching a byte is proportional to it. */
    static final int MAX_PROGRAM = 500;

    /**
     * The total {@link PatternCost} of all patterns, because an event loop compiles them: about a millisecond. Well
     * above the largest permitted size, because alternatives with the same beginning become smaller than they look.
     */
    static final int MAX_COST = 10_000;

    private String parameter;
    private int patterns;
    private double cost;
    private int programSize;

    /** @param parameter of the patterns, for the {@link Problem} that reports a mistake in one */
    public Regex(String parameter) {
        this.parameter = parameter;
    }

    /** The parameter of the patterns that follow; all patterns together still have one size. */
    Regex in(String another) {
        parameter = another;
        return this;
    }

    /** @throws Problem when it is not a pattern, or all patterns together are too large */
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
