package dev.tailrace.model;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The severity of a line, from the most to the least severe: syslog's eight (RFC 5424, table 2), and trace below them. Each
 * has one name here and many names elsewhere; a filter for one of them finds them all.
 */
public enum Level {
    EMERGENCY("emerg"),
    ALERT(),
    /** The levels at which a program ends are critical as well. */
    CRITICAL("crit", "crt", "fatal", "ftl", "fatl", "f", "panic", "dpanic"),
    ERROR("err", "eror", "errors", "e", "severe", "fail", "failure"),
    WARN("warning", "warnings", "wrn", "w"),
    NOTICE("notif", "notification", "notifications", "ntc", "n", "success"),
    INFO("information", "informational", "inf", "i"),
    DEBUG("debugging", "dbg", "dbug", "d", "config", "fine", "http"),
    TRACE("trc", "trce", "t", "verbose", "vrb", "v", "finer", "finest", "silly", "all");

    private static final Level[] ALL = values();
    private static final Map<String, Level> BY_WORD = new HashMap<>();

    static {
        for (Level level : ALL) {
            BY_WORD.put(level.word, level);
            for (String other : level.others) {
                BY_WORD.put(other, level);
            }
        }
    }

    private static final int LONGEST_WORD = 16;

    private final String word = name().toLowerCase(Locale.ROOT);
    private final byte[] wordBytes = word.getBytes(StandardCharsets.US_ASCII);
    private final String[] others;

    Level(String... others) {
        this.others = others;
    }

    /** Its name in entries and filters, such as {@code warn}. */
    public String word() {
        return word;
    }

    /** Whether it is as severe as the other, or more severe. */
    public boolean isAtLeast(Level other) {
        return ordinal() <= other.ordinal();
    }

    /**
     * The level that a word names, in any letter case and among brackets or blanks; null when it names none. A number
     * after the word is a step within the level, as in {@code DEBUG5}, {@code INFO+2} and {@code ERROR3}, and does not
     * count. Prefixes such as those of {@code SEVERITY_NUMBER_WARN} and {@code LogLevel.Warning} do not count either.
     */
    public static @Nullable Level of(String text) {
        Level known = BY_WORD.get(text);
        return known != null ? known : BY_WORD.get(bare(text));
    }

    private static String bare(String text) {
        int to = text.length();
        while (to > 0 && isFrame(text.charAt(to - 1))) {
            to--;
        }
        int from = to;
        while (from > 0 && isLetter(text.charAt(from - 1))) {
            from--;
        }
        return to - from > LONGEST_WORD || !isAlone(text, from)
                ? ""
                : text.substring(from, to).toLowerCase(Locale.ROOT);
    }

    /** Whether what comes before the word is a prefix that names no level of its own. */
    private static boolean isAlone(String text, int from) {
        if (from == 0) {
            return true;
        }
        char before = text.charAt(from - 1);
        if (before == '_' || before == '.') {
            String prefix = text.substring(0, from).toLowerCase(Locale.ROOT);
            return prefix.endsWith("severity_number_") || prefix.endsWith("level.") || prefix.startsWith("log_");
        }
        for (int i = 0; i < from; i++) {
            if (!isFrame(text.charAt(i)) || isDigit(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    /** Whether a character may stand around a word: brackets, quotes, blanks, signs and digits. */
    private static boolean isFrame(char c) {
        return c >= ' ' && c < 0x7F && !isLetter(c);
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isLetter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    /** The name of the level that a word names; the word itself in lower case when it names none. */
    public static String canonical(String word) {
        Level level = of(word);
        return level == null ? word.toLowerCase(Locale.ROOT) : level.word;
    }

    /**
     * The level of a syslog severity (RFC 5424, table 2).
     *
     * @param severity 0 to 7
     */
    public static Level ofSyslog(int severity) {
        return ALL[severity];
    }

    /**
     * The level of a number in a field that loggers use for levels; null for none. From 0 to 7 it is a syslog severity
     * (GELF, journald), from 10 to 69 a level of pino or bunyan, from 100 to 699 one of Monolog, from 700 on one of
     * java.util.logging or Logback; negative numbers, 8 and 9 are Go's slog.
     */
    public static @Nullable Level ofNumber(long number) {
        if (number < -8 || number > 100_000) {
            return null;
        }
        if (number < 10) {
            return number < -4 ? TRACE : number < 0 ? DEBUG : number > 7 ? ERROR : ALL[(int) number];
        }
        if (number < 70) {
            return ofStep(number / 10 - 1);
        }
        if (number < 100) {
            return null;
        }
        return number < 700 ? ofMonolog((int) number) : ofJava((int) number);
    }

    /** The level of a step on the scale that most loggers have, from trace (0) to critical (5 and more). */
    private static Level ofStep(long step) {
        return switch ((int) step) {
            case 0 -> TRACE;
            case 1 -> DEBUG;
            case 2 -> INFO;
            case 3 -> WARN;
            case 4 -> ERROR;
            default -> CRITICAL;
        };
    }

    private static Level ofMonolog(int number) {
        return switch (number / 50) {
            case 2, 3 -> DEBUG;
            case 4 -> INFO;
            case 5 -> NOTICE;
            case 6, 7 -> WARN;
            case 8, 9 -> ERROR;
            case 10 -> CRITICAL;
            case 11 -> ALERT;
            default -> EMERGENCY;
        };
    }

    private static Level ofJava(int number) {
        if (number < 5000) {
            return number < 800 ? DEBUG : number < 900 ? INFO : number < 1000 ? WARN : ERROR;
        }
        return ofStep(number / 10_000);
    }

    /** The level of a {@code levelno} of Python's logging module: 10 is debug, 50 is critical. */
    public static @Nullable Level ofPython(long number) {
        if (number < 0 || number >= 100) {
            return null;
        }
        return ofStep(number / 10);
    }

    /**
     * The level of a number of .NET's {@code LogLevel}.
     *
     * @return null when it is none, and for 6, which is not logged
     */
    public static @Nullable Level ofDotNet(long number) {
        if (number < 0 || number > 5) {
            return null;
        }
        return ofStep(number);
    }

    /** The level of a {@code SeverityNumber} of OpenTelemetry (Logs data model), 1 to 24; null for others. */
    public static @Nullable Level ofOtlp(long number) {
        if (number < 1 || number > 24) {
            return null;
        }
        return ofStep((number - 1) / 4);
    }

    // ---- in bytes

    /** The most frequent words; each must be in letters, because letter case is ignored by setting one bit. */
    private static final String[] FREQUENT = {
        "info", "debug", "warn", "error", "warning", "trace", "notice", "fatal", "critical", "err", "crit", "alert"
    };

    private static final byte[][] FREQUENT_BYTES = new byte[FREQUENT.length][];
    private static final Level[] FREQUENT_LEVELS = new Level[FREQUENT.length];

    static {
        for (int i = 0; i < FREQUENT.length; i++) {
            FREQUENT_BYTES[i] = FREQUENT[i].getBytes(StandardCharsets.US_ASCII);
            FREQUENT_LEVELS[i] = BY_WORD.get(FREQUENT[i]);
        }
    }

    /**
     * The level that {@code bytes[from, to)} names, in any letter case; null for words that are not frequent. Creates
     * no objects.
     */
    static @Nullable Level ofFrequent(byte[] bytes, int from, int to) {
        for (int i = 0; i < FREQUENT_BYTES.length; i++) {
            if (isWord(FREQUENT_BYTES[i], bytes, from, to)) {
                return FREQUENT_LEVELS[i];
            }
        }
        return null;
    }

    /** Whether {@code bytes[from, to)} is its name, letter case aside. */
    boolean isNamed(byte[] bytes, int from, int to) {
        return isWord(wordBytes, bytes, from, to);
    }

    byte[] wordBytes() {
        return wordBytes;
    }

    /** Whether {@code bytes[from, to)} is a word of small letters, letter case aside. */
    static boolean isWord(byte[] word, byte[] bytes, int from, int to) {
        if (to - from != word.length) {
            return false;
        }
        for (int i = 0; i < word.length; i++) {
            if ((bytes[from + i] | ('a' - 'A')) != word[i]) {
                return false;
            }
        }
        return true;
    }
}
