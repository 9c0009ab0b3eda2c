package dev.tailrace.egress;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.tailrace.model.Problem;

/** Compiles the patterns that readers send (RE2), within bounds on what compiling and matching may cost. */
final class Regex {

    /** What matching a byte may cost is in proportion to these three; the last two bound counted repetitions. */
    private static final int MAX_PATTERN = 1000;

    static final int MAX_PROGRAM = 500;

    /** What compiling may cost, as pattern length times all repetition counts; well above what is let through later. */
    private static final double MAX_EXPANSION = 500_000;

    private static final java.util.regex.Pattern REPETITION = java.util.regex.Pattern.compile("\\{(\\d+)(?:,(\\d*))?}");

    private Regex() {}

    /** @param parameter where the pattern stood, for the {@link Problem} that tells what is wrong with it */
    static Pattern compile(String parameter, String pattern, int flags) {
        if (pattern.length() > MAX_PATTERN) {
            throw Problem.badParameter(parameter, "a pattern has at most " + MAX_PATTERN + " characters");
        }
        if (expansion(pattern) > MAX_EXPANSION) {
            throw tooLarge(parameter);
        }
        try {
            Pattern compiled = Pattern.compile(pattern, flags);
            if (compiled.programSize() > MAX_PROGRAM) {
                throw tooLarge(parameter);
            }
            return compiled;
        } catch (PatternSyntaxException invalid) {
            throw Problem.badParameter(parameter, "no RE2 pattern: " + invalid.getDescription());
        }
    }

    private static Problem tooLarge(String parameter) {
        return Problem.badParameter(parameter, "counted repetitions make its pattern too large; use * or +");
    }

    /** At least the size of the compiled pattern: RE2/J writes repetitions out, so {@code ((x{1000}){1000}){1000}} is 10^9. */
    private static double expansion(String pattern) {
        double size = pattern.length();
        for (var repetition = REPETITION.matcher(pattern); repetition.find(); ) {
            String most = repetition.group(2);
            size *= Math.max(1, Double.parseDouble(most == null || most.isEmpty() ? repetition.group(1) : most));
        }
        return size;
    }
}
