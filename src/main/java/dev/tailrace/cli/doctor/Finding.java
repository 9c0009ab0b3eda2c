package dev.tailrace.cli.doctor;

import dev.tailrace.client.SafeText;
import java.util.Locale;

/**
 * The result of one check of the doctor.
 *
 * @param check its name, as in {@code web/doctor.json}
 * @param seen the observation, as a sentence without its full stop
 */
record Finding(String check, Result result, String seen) {

    private static final int MAX_SEEN = 400;

    /** The severity. */
    enum Result {
        OK,
        /** Works, with a limitation that will affect some users. */
        WARNING,
        /** Something does not work. */
        PROBLEM;

        String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    // Part of the text may come from the server that answered.
    Finding {
        String line = SafeText.plain(seen).replace("\n", " ").replace("\t", " ");
        seen = line.length() > MAX_SEEN ? line.substring(0, MAX_SEEN) + "…" : line;
    }

    static Finding ok(String check, String seen) {
        return new Finding(check, Result.OK, seen);
    }

    static Finding warning(String check, String seen) {
        return new Finding(check, Result.WARNING, seen);
    }

    static Finding problem(String check, String seen) {
        return new Finding(check, Result.PROBLEM, seen);
    }

    /** OK or a problem. */
    static Finding of(String check, boolean good, String seenGood, String seenBad) {
        return good ? ok(check, seenGood) : problem(check, seenBad);
    }

    boolean isOk() {
        return result == Result.OK;
    }
}
