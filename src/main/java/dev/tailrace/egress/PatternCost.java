package dev.tailrace.egress;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Estimates from the text of a pattern (RE2) what compiling it will cost, in instructions of the compiled pattern:
 * RE2/J writes counted repetitions out, and expands the characters of classes, before the size of the pattern can be
 * read. The estimate for a text that is not a pattern is arbitrary; compiling it fails before it costs anything.
 */
final class PatternCost {

    /** Looking up the letters of a Unicode class takes as long as so many instructions. */
    private static final int UNICODE_CLASS = 100;

    /**
     * Characters of several lower or upper cases that RE2/J 1.8 has in a table of its own, so that its walk over the
     * cases ends.
     */
    private static final String IN_ITS_TABLE =
            "\u00b5\u0130\u0131\u017f\u01c5\u01c8\u01cb\u01f2\u0345\u03c2\u03d0\u03d1\u03d5\u03d6\u03f0\u03f1\u03f4\u03f5\u1e9b\u1e9e\u1fbe\u2126\u212a\u212b";

    private static final int LARGEST_NUMBER = 100_000;

    private final String text;
    private final boolean mayIgnoreCase;
    private int at;
    private boolean ignoresCase;
    private double classes; // each compiled once, however often it is repeated
    private double inRanges; // characters of ranges; where case is ignored, RE2/J looks for the other cases of each
    private boolean hasEndless;

    // Of the group that is read, and of the groups around it.
    private double size;
    private double last; // the part of it that a quantifier would apply to
    private final Deque<Double> around = new ArrayDeque<>();

    private PatternCost(String text) {
        this.text = text;
        this.mayIgnoreCase = text.contains("(?");
    }

    static double of(String pattern) {
        return new PatternCost(pattern).read();
    }

    private double read() {
        while (at < text.length()) {
            part(text.charAt(at++));
        }
        if (!ignoresCase) {
            return size + classes;
        }
        return hasEndless ? Double.POSITIVE_INFINITY : size + classes + inRanges;
    }

    /**
     * Where case is ignored, RE2/J goes from a character to its other cases until it is back. From some characters it
     * never is, because the JDK knows cases of them that its table lacks: compiling them would occupy a thread for
     * ever.
     */
    private static boolean isEndless(int c) {
        return !isBackSoon(c) && IN_ITS_TABLE.indexOf(c) < 0;
    }

    private static boolean isBackSoon(int c) {
        int other = otherCase(c);
        return other == c || otherCase(other) == c;
    }

    private static int otherCase(int c) {
        int lower = Character.toLowerCase(c);
        return lower == c ? Character.toUpperCase(c) : lower;
    }

    private void has(int from, int to) {
        // With more characters in ranges than this it costs too much anyway.
        for (int c = from; c <= to && mayIgnoreCase && !hasEndless && inRanges <= Regex.MAX_COST; c++) {
            hasEndless = isEndless(c);
        }
    }

    private void part(char c) {
        switch (c) {
            case '(' -> open();
            case ')' -> close();
            case '|' -> {
                size++;
                last = 0;
            }
            case '*', '+', '?' -> becomes(last + 1);
            case '{' -> repetition();
            case '[' -> {
                characters();
                atom();
            }
            case '\\' -> escape();
            default -> {
                int character = text.codePointAt(at - 1);
                has(character, character);
                atom();
            }
        }
    }

    private void atom() {
        last = 1;
        size++;
    }

    private void becomes(double repeated) {
        size += repeated - last;
        last = repeated;
    }

    private void open() {
        if (text.startsWith("?", at) && !hasName()) {
            for (at++; at < text.length() && text.charAt(at) != ':' && text.charAt(at) != ')'; at++) {
                ignoresCase |= text.charAt(at) == 'i';
            }
            if (text.startsWith(")", at++)) {
                return; // flags for the rest of the group
            }
        }
        around.push(size);
        size = 0;
        last = 0;
    }

    // The name of a class counts as atoms, which is little.
    private boolean hasName() {
        return text.startsWith("?P<", at) || text.startsWith("?<", at);
    }

    private void close() {
        if (!around.isEmpty()) {
            last = Math.max(1, size) + 2;
            size = around.pop() + last;
        }
    }

    /** {@code {n}}, {@code {n,}} or {@code {n,m}}; anything else is literal. */
    private void repetition() {
        int from = at;
        int least = number();
        int most = least;
        if (text.startsWith(",", at)) {
            at++;
            most = number();
        }
        if (least < 0 || !text.startsWith("}", at)) {
            at = from;
            atom();
            return;
        }
        at++;
        double unit = Math.max(1, last);
        becomes(most < 0 ? Math.max(1, least) * unit + 1 : Math.max(1, most) * unit + Math.max(0, most - least));
    }

    /** -1 when there is none. */
    private int number() {
        int from = at;
        int number = 0;
        for (; at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9'; at++) {
            number = Math.min(LARGEST_NUMBER, 10 * number + text.charAt(at) - '0');
        }
        return at == from ? -1 : number;
    }

    private void escape() {
        if (text.startsWith("Q", at)) {
            int end = text.indexOf("\\E", at);
            String quoted = text.substring(at, end < 0 ? text.length() : end);
            quoted.codePoints().forEach(character -> has(character, character));
            size += quoted.length();
            at = end < 0 ? text.length() : end + 2;
            last = 1;
        } else {
            int character = character();
            has(character, character);
            atom();
        }
    }

    // ---- between brackets

    private void characters() {
        if (text.startsWith("^", at)) {
            at++;
        }
        for (boolean first = true; at < text.length() && (first || text.charAt(at) != ']'); first = false) {
            int named = text.startsWith("[:", at) ? text.indexOf(":]", at + 2) : -1;
            if (named >= 0) {
                at = named + 2;
            } else {
                range();
            }
        }
        at++;
    }

    private void range() {
        int from = next();
        int to = from;
        if (text.startsWith("-", at) && !text.startsWith("-]", at)) {
            at++;
            to = next();
        }
        inRanges += Math.max(0, to - from);
        has(from, to);
    }

    private int next() {
        if (at == text.length()) {
            return 0;
        }
        int c = text.codePointAt(at);
        at += Character.charCount(c);
        return c == '\\' ? character() : c;
    }

    /** The character that an escape means, or another one below 256. */
    private int character() {
        if (at == text.length()) {
            return 0;
        }
        char kind = text.charAt(at++);
        boolean isClass = kind == 'p' || kind == 'P';
        if (isClass) {
            classes += UNICODE_CLASS;
        }
        if (!isClass && kind != 'x') {
            return kind;
        }
        if (!text.startsWith("{", at)) {
            at = Math.min(text.length(), at + (isClass ? 1 : 2));
            return kind;
        }
        int end = text.indexOf('}', at);
        String name = text.substring(at + 1, end < 0 ? text.length() : end);
        at = end < 0 ? text.length() : end + 1;
        return isClass ? kind : codePoint(name);
    }

    private static int codePoint(String hexadecimal) {
        try {
            return Math.max(0, Math.min(Character.MAX_CODE_POINT, Integer.parseInt(hexadecimal, 16)));
        } catch (NumberFormatException none) {
            return 0;
        }
    }
}
