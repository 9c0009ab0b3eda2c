package dev.tailrace.ingest.loki;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Parses a label set in the notation of Prometheus and Loki, {@code {app="x", host="y"}}, with values quoted as in Go.
 */
final class LokiLabels {

    private final String text;
    private int at;

    private LokiLabels(String text) {
        this.text = text;
    }

    /** @throws IllegalArgumentException when the text is not a label set; the message is the reason */
    static Map<String, String> parse(String text) {
        return new LokiLabels(text).parse();
    }

    private Map<String, String> parse() {
        Map<String, String> labels = new LinkedHashMap<>();
        expect('{');
        while (!isNext('}')) {
            String name = name();
            expect('=');
            labels.put(name, value());
            if (!isNext('}')) {
                expect(',');
            }
        }
        at++;
        skipSpace();
        if (at < text.length()) {
            throw wrong("the end");
        }
        return labels;
    }

    private IllegalArgumentException wrong(String expected) {
        return new IllegalArgumentException("labels must have the form {app=\"x\", host=\"y\"}: " + expected
                + " is expected at character " + (at + 1));
    }

    private void skipSpace() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private boolean isNext(char c) {
        skipSpace();
        return at < text.length() && text.charAt(at) == c;
    }

    private void expect(char c) {
        if (!isNext(c)) {
            throw wrong(String.valueOf(c));
        }
        at++;
    }

    private String name() {
        skipSpace();
        if (isNext('"')) {
            return value(); // a name with other characters is quoted
        }
        int start = at;
        while (at < text.length() && isOfName(text.charAt(at))) {
            at++;
        }
        if (at == start) {
            throw wrong("a name");
        }
        return text.substring(start, at);
    }

    private static boolean isOfName(char c) {
        return Character.isLetterOrDigit(c) || c == '_' || c == ':' || c == '.' || c == '-';
    }

    private String value() {
        if (isNext('`')) {
            int start = ++at;
            at = text.indexOf('`', start);
            if (at < 0) {
                at = text.length();
                throw wrong("`");
            }
            return text.substring(start, at++);
        }
        expect('"');
        int start = at;
        while (at < text.length() && text.charAt(at) != '"' && text.charAt(at) != '\\') {
            at++;
        }
        return at < text.length() && text.charAt(at) == '"' ? text.substring(start, at++) : unquoted(start);
    }

    // As bytes, because an escape may be one byte of a character.
    private String unquoted(int start) {
        var out = new ByteArrayOutputStream();
        int plain = start;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c != '"' && c != '\\') {
                at++;
                continue;
            }
            out.writeBytes(text.substring(plain, at++).getBytes(StandardCharsets.UTF_8));
            if (c == '"') {
                return out.toString(StandardCharsets.UTF_8);
            }
            escape(out);
            plain = at;
        }
        throw wrong("\"");
    }

    private void escape(ByteArrayOutputStream out) {
        if (at == text.length()) {
            throw wrong("an escape");
        }
        char c = text.charAt(at++);
        switch (c) {
            case 'n' -> out.write('\n');
            case 't' -> out.write('\t');
            case 'r' -> out.write('\r');
            case 'a' -> out.write(7);
            case 'b' -> out.write('\b');
            case 'f' -> out.write('\f');
            case 'v' -> out.write(11);
            case '"', '\\', '\'' -> out.write(c);
            case 'x' -> out.write(number(2, 16));
            case 'u' -> character(out, number(4, 16));
            case 'U' -> character(out, number(8, 16));
            case '0', '1', '2', '3' -> {
                at--;
                out.write(number(3, 8));
            }
            default -> {
                out.write('\\'); // invalid in Go, but sent by programs that escape only the quotes
                at--;
            }
        }
    }

    private int number(int digits, int radix) {
        int value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = at < text.length() ? Character.digit(text.charAt(at), radix) : -1;
            if (digit < 0) {
                throw wrong("a digit of an escape");
            }
            value = value * radix + digit;
            at++;
        }
        return value;
    }

    private void character(ByteArrayOutputStream out, int codePoint) {
        if (!Character.isValidCodePoint(codePoint)) {
            throw wrong("an escape of a character");
        }
        out.writeBytes(Character.toString(codePoint).getBytes(StandardCharsets.UTF_8));
    }
}
