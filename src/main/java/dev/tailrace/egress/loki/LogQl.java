package dev.tailrace.egress.loki;

import com.google.re2j.Pattern;
import dev.tailrace.broker.Condition;
import dev.tailrace.broker.Condition.Field;
import dev.tailrace.egress.Regex;
import dev.tailrace.http.Problem;
import dev.tailrace.http.RequestIds;
import dev.tailrace.model.DeviceId;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The part of Loki's query language that the entries of one device need: {@code {device="d", level=~"warn|error"} |=
 * "disk"}. A line filter searches the message, the pattern of a label has to match the whole value, and an absent label
 * is the empty text. A level is known by all its names; its pattern may match its own name or the word that was sent.
 *
 * @param conditions each of them has to hold
 */
record LogQl(DeviceId device, List<Condition> conditions) {

    private static final int MAX_LENGTH = 4096;
    private static final int MAX_CONDITIONS = 20;
    private static final String PARAMETER = "query";

    /** Alternatives without any other operator, which may be any names of levels. */
    private static final Pattern WORDS = Pattern.compile("[A-Za-z]+(?:\\|[A-Za-z]+)*");

    /** @throws Problem that lists what is supported, when the query asks for anything else */
    static LogQl parse(String query) {
        if (query.length() > MAX_LENGTH) {
            throw Problem.badParameter(PARAMETER, "must have at most " + MAX_LENGTH + " characters");
        }
        return new Reader(query).query();
    }

    /** One pass over the text. */
    private static final class Reader {
        private final String text;
        private final List<Condition> conditions = new ArrayList<>();
        private final Regex patterns = new Regex(PARAMETER);
        private int at;
        private @Nullable DeviceId device;

        Reader(String text) {
            this.text = text;
        }

        LogQl query() {
            if (!take("{")) {
                throw wrong("a query must begin with {device=\"NAME\"}; metric queries are not supported");
            }
            do {
                matcher();
            } while (take(",") && !isNext("}"));
            if (!take("}")) {
                throw wrong("a comma or } is expected");
            }
            while (!isAtEnd()) {
                lineFilter();
            }
            if (device == null) {
                throw wrong("the selector must name one device, as in {device=\"NAME\"}");
            }
            return new LogQl(device, List.copyOf(conditions));
        }

        private void matcher() {
            String label = name();
            int operatorAt = at;
            boolean pattern = false;
            boolean negated = false;
            if (take("=~")) {
                pattern = true;
            } else if (take("!~")) {
                pattern = true;
                negated = true;
            } else if (take("!=")) {
                negated = true;
            } else if (!take("=")) {
                throw wrong("one of = != =~ !~ is expected");
            }
            switch (label) {
                case "device" -> {
                    if (pattern || negated || device != null) {
                        at = operatorAt;
                        throw wrong("the device must be given with =");
                    }
                    device = RequestIds.device(string());
                }
                case "service_name", "service" -> compare(Field.SERVICE, negated, pattern);
                case "level", "detected_level" -> compare(Field.LEVEL, negated, pattern);
                case "stream" -> compare(Field.STREAM, negated, pattern);
                default -> throw wrong("the labels are device, service_name, level, detected_level and stream");
            }
        }

        private void lineFilter() {
            if (take("|=")) {
                search(false, false);
            } else if (take("!=")) {
                search(true, false);
            } else if (take("|~")) {
                search(false, true);
            } else if (take("!~")) {
                search(true, true);
            } else {
                throw wrong("only the line filters |= != |~ !~ may follow the selector");
            }
        }

        private void compare(Field field, boolean negated, boolean pattern) {
            String operand = string();
            if (!pattern) {
                add(field == Field.LEVEL ? Condition.ofLevels(Set.of(operand)) : oneOf(field, operand), negated);
            } else if (field == Field.LEVEL && WORDS.matcher(operand).matches()) {
                add(Condition.ofLevels(Set.copyOf(List.of(operand.split("\\|")))), negated);
            } else {
                String regex = field == Field.LEVEL ? "(?i)" + operand : operand;
                add(new Condition.Matches(field, patterns.compile(regex, Pattern.DOTALL)), negated);
            }
        }

        private static Condition oneOf(Field field, String value) {
            return new Condition.OneOf(field, Set.of(value));
        }

        private void search(boolean negated, boolean pattern) {
            String operand = string();
            if (pattern) {
                add(new Condition.Finds(patterns.compile(operand, 0)), negated);
            } else if (negated || !operand.isEmpty()) { // each message contains nothing
                add(new Condition.Contains(operand, false), negated);
            }
        }

        private void add(Condition condition, boolean negated) {
            if (conditions.size() == MAX_CONDITIONS) {
                throw wrong("at most " + MAX_CONDITIONS + " conditions are allowed");
            }
            conditions.add(Condition.of(condition, negated));
        }

        // ---- words

        private String name() {
            space();
            int from = at;
            while (at < text.length() && isNamePart(text.charAt(at))) {
                at++;
            }
            if (at == from) {
                throw wrong("the name of a label is expected");
            }
            return text.substring(from, at);
        }

        private static boolean isNamePart(char c) {
            return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        }

        /** A string as in Go: between double quotes with escapes, or between backquotes without. */
        private String string() {
            if (take("`")) {
                int end = text.indexOf('`', at);
                if (end < 0) {
                    throw wrong("the closing ` is missing");
                }
                String raw = text.substring(at, end);
                at = end + 1;
                return raw;
            }
            if (!take("\"")) {
                throw wrong("a string in \"…\" or `…` is expected");
            }
            StringBuilder read = new StringBuilder();
            for (char c = next(); c != '"'; c = next()) {
                if (c == '\\') {
                    escape(read);
                } else {
                    read.append(c);
                }
            }
            return read.toString();
        }

        private void escape(StringBuilder read) {
            char c = next();
            switch (c) {
                case 'a' -> read.append('\u0007');
                case 'b' -> read.append('\b');
                case 'f' -> read.append('\f');
                case 'n' -> read.append('\n');
                case 'r' -> read.append('\r');
                case 't' -> read.append('\t');
                case 'v' -> read.append('\u000b');
                case '\\', '"' -> read.append(c);
                case 'x' -> read.appendCodePoint(hex(2, 0x7F));
                case 'u' -> read.appendCodePoint(hex(4, Character.MAX_CODE_POINT));
                case 'U' -> read.appendCodePoint(hex(8, Character.MAX_CODE_POINT));
                default ->
                    throw wrong("the escapes are \\\\ \\\" \\a \\b \\f \\n \\r \\t \\v \\xHH \\uHHHH \\UHHHHHHHH");
            }
        }

        private int hex(int digits, int max) {
            long value = 0;
            for (int i = 0; i < digits; i++) {
                int digit = Character.digit(next(), 16);
                if (digit < 0) {
                    throw wrong("a hexadecimal digit is expected");
                }
                value = value * 16 + digit;
            }
            boolean surrogate = value >= Character.MIN_SURROGATE && value <= Character.MAX_SURROGATE;
            if (value > max || surrogate) {
                throw wrong("this escape is not a character; above \\x7f use \\u");
            }
            return (int) value;
        }

        private char next() {
            if (at == text.length()) {
                throw wrong("the closing \" is missing");
            }
            return text.charAt(at++);
        }

        private boolean take(String word) {
            if (!isNext(word)) {
                return false;
            }
            at += word.length();
            return true;
        }

        private boolean isNext(String word) {
            space();
            return text.startsWith(word, at);
        }

        private boolean isAtEnd() {
            space();
            return at == text.length();
        }

        private void space() {
            while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
                at++;
            }
        }

        private Problem wrong(String what) {
            return Problem.badParameter(PARAMETER, "at character " + (at + 1) + ": " + what);
        }
    }
}
