package dev.tailrace.client;

/**
 * Makes text that a device wrote harmless for a terminal: it may have colours, but cannot move the cursor, rename the
 * window or imitate other output; removed control characters stay visible as {@code \x1b}.
 */
public final class SafeText {

    /** Longer than any real sequence of colours. */
    private static final int MAX_COLOUR_LENGTH = 64;

    private static final char ESCAPE = 0x1b;
    private static final String RESET = "\u001b[0m";

    private SafeText() {}

    /** Escapes all control characters except tabs and newlines. */
    public static String plain(String text) {
        return clean(text, false);
    }

    /** Keeps colours, and resets them at the end. */
    public static String coloured(String text) {
        return clean(text, true);
    }

    /** JSON in one line; control characters that a terminal would interpret become JSON escapes: {@code \\u009b}. */
    public static String json(String json) {
        if (json.chars().noneMatch(SafeText::isDangerous)) {
            return json;
        }
        StringBuilder out = new StringBuilder(json.length() + 16);
        for (int i = 0; i < json.length(); i++) {
            char c = json.charAt(i);
            if (isDangerous(c)) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }

    private static String clean(String text, boolean colours) {
        if (text.chars().noneMatch(SafeText::isDangerous)) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length() + 16);
        boolean coloured = false;
        for (int i = 0; i < text.length(); ) {
            int end = text.charAt(i) == ESCAPE ? endOfColour(text, i) : i;
            if (end > i) {
                coloured |= colours;
                out.append(colours ? text.substring(i, end) : "");
                i = end;
            } else {
                append(out, text.charAt(i++));
            }
        }
        return coloured ? out.append(RESET).toString() : out.toString();
    }

    private static void append(StringBuilder out, char c) {
        if (!isDangerous(c)) {
            out.append(c);
        } else if (c < 0x100) {
            out.append(String.format("\\x%02x", (int) c));
        } else {
            out.append(String.format("\\u%04x", (int) c));
        }
    }

    // C1 controls too, because 0x9b begins a sequence as ESC [ does, and characters that change the direction of text.
    private static boolean isDangerous(int c) {
        return (c < 0x20 && c != '\t' && c != '\n')
                || (c >= 0x7f && c <= 0x9f)
                || (c >= 0x202a && c <= 0x202e)
                || (c >= 0x2066 && c <= 0x2069);
    }

    /** The end of the sequence {@code ESC [ … m} that begins here, or its beginning when it is not such a sequence. */
    private static int endOfColour(String text, int start) {
        if (start + 1 >= text.length() || text.charAt(start + 1) != '[') {
            return start;
        }
        int limit = Math.min(text.length(), start + MAX_COLOUR_LENGTH);
        for (int i = start + 2; i < limit; i++) {
            char c = text.charAt(i);
            if (c == 'm') {
                return i + 1;
            }
            if ((c < '0' || c > '9') && c != ';' && c != ':') {
                return start;
            }
        }
        return start;
    }
}
