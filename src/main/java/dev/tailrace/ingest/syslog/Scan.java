package dev.tailrace.ingest.syslog;

import dev.tailrace.ingest.RepeatedText;
import org.jspecify.annotations.Nullable;

/** The bytes of one message, and how far they are read. */
final class Scan {

    byte[] bytes = {};
    int at;
    int end;

    /** Begins with {@code source[from, to)}. */
    void begin(byte[] source, int from, int to) {
        bytes = source;
        at = from;
        end = to;
    }

    /** The next byte, or -1 at the end. */
    int next() {
        return at < end ? bytes[at] : -1;
    }

    boolean skip(char expected) {
        if (at < end && bytes[at] == expected) {
            at++;
            return true;
        }
        return false;
    }

    void skipSpaces() {
        while (at < end && bytes[at] == ' ') {
            at++;
        }
    }

    /** Skips the ASCII text if it comes next. */
    boolean skip(String expected) {
        if (end - at < expected.length()) {
            return false;
        }
        for (int i = 0; i < expected.length(); i++) {
            if (bytes[at + i] != expected.charAt(i)) {
                return false;
            }
        }
        at += expected.length();
        return true;
    }

    /** Where the word that begins here ends: at the next space, or at the end of the message. */
    int wordEnd() {
        int i = at;
        while (i < end && bytes[i] != ' ') {
            i++;
        }
        return i;
    }

    /** Reads a word and the space after it; null without reading when there is no word, or no space after it. */
    @Nullable
    String word(RepeatedText texts) {
        int from = at;
        int to = wordEnd();
        if (to == end || to == from) {
            return null;
        }
        at = to + 1;
        return texts.of(bytes, from, to);
    }

    /** Skips digits; returns their number. */
    int skipDigits() {
        int from = at;
        while (at < end && Ascii.isDigit(bytes[at])) {
            at++;
        }
        return at - from;
    }
}
