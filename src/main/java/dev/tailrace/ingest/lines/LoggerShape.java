package dev.tailrace.ingest.lines;

import dev.tailrace.ingest.fields.Attributes;
import dev.tailrace.ingest.fields.SentNumber;
import dev.tailrace.ingest.lines.LineFields.Meaning;
import dev.tailrace.ingest.lines.LineParser.NumberedLevel;
import dev.tailrace.model.Level;
import dev.tailrace.model.Line;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the fields of a line mean because of the other fields that its logger writes. {@code name} is the program where
 * bunyan or Python wrote the line, and a name of anything elsewhere; {@code s} is the level where MongoDB did.
 */
final class LoggerShape {

    static final String STDERR = "stderr";
    private static final String STDOUT = "stdout";
    private static final String UNIT_SUFFIX = ".service";

    /** Names of levels that also stand for other things, so that only known words count. */
    private static final Set<String> DOUBTFUL_LEVELS = Set.of("priority", "status", "s");

    private static final String MONGO_LEVEL = "s";

    /** The message of a line in the compact format of Serilog. */
    static final String CLEF_MESSAGE = "@m";

    private static final String CLEF_TEMPLATE = "@mt";

    /** The words of levels that are no results of anything. */
    private static final Set<String> LEVELS_IN_STATUS = Set.of(
            "emergency",
            "emerg",
            "alert",
            "critical",
            "crit",
            "fatal",
            "panic",
            "error",
            "err",
            "severe",
            "warning",
            "warn",
            "notice",
            "info",
            "information",
            "informational",
            "debug",
            "trace",
            "verbose");

    private static final String STATUS = "status";
    private static final String PRIORITY = "priority";
    private static final String SEVERITY = "severity";
    private static final Pattern JSON_NUMBER = Pattern.compile("-?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?");

    private final Attributes fields;
    private final boolean python;
    private final boolean bunyan;
    private final boolean monolog;
    private final boolean mongo;
    private final boolean dotNet;
    private final boolean tracing;
    private final boolean clef;
    private final boolean serilog;
    private final boolean openTelemetry;

    private LoggerShape(Attributes fields, String message, String time) {
        this.fields = fields;
        this.python = has("levelname") || has("levelno") || has("asctime");
        this.bunyan = has("pid") && has("hostname");
        this.monolog = has("channel") && (has("level_name") || has("datetime"));
        this.mongo = time.equals("t") && fields.get(time) instanceof Map<?, ?>;
        this.dotNet = has("LogLevel") && has("Category");
        this.tracing = message.equals("fields.message");
        this.clef = time.equals("@t") && (has(CLEF_MESSAGE) || has(CLEF_TEMPLATE));
        this.serilog = has("MessageTemplate");
        this.openTelemetry = has("Body") || has("SeverityText") || has("severityText") || has("severity_text");
    }

    /**
     * @param fields all fields of the line
     * @param message the name of its message; empty without one
     * @param time the name of its time; empty without one
     */
    static LoggerShape of(Attributes fields, String message, String time) {
        return new LoggerShape(fields, message, time);
    }

    private boolean has(String name) {
        return fields.get(name) != null;
    }

    /** The name of the field with the service, or null. */
    @Nullable
    String serviceName() {
        if ((python || bunyan) && has("name")) {
            return "name";
        }
        return monolog ? "channel" : mongo ? "c" : dotNet ? "Category" : tracing ? "target" : null;
    }

    /** A unit of systemd is named after its service. */
    String serviceOf(String field, String value) {
        boolean unit =
                field.equals("_SYSTEMD_UNIT") && value.endsWith(UNIT_SUFFIX) && value.length() > UNIT_SUFFIX.length();
        return unit ? value.substring(0, value.length() - UNIT_SUFFIX.length()) : value;
    }

    /** The name of the field with the level, or null. */
    @Nullable
    String levelName() {
        if (mongo
                && fields.get(MONGO_LEVEL) instanceof String word
                && word.length() <= Line.MAX_LEVEL_LENGTH
                && Level.of(word) != null) {
            return MONGO_LEVEL;
        }
        boolean status = fields.get(STATUS) instanceof String word // Datadog
                && LEVELS_IN_STATUS.contains(word.strip().toLowerCase(Locale.ROOT));
        return status ? STATUS : null;
    }

    /**
     * Whether a field that usually is the message is a property of the event, because the line has a message template
     * of Serilog, or the message made of one.
     */
    boolean isProperty(String message) {
        boolean isMessage = message.equals("message") || message.equals(CLEF_MESSAGE);
        return !isMessage && (clef || fields.get(CLEF_TEMPLATE) instanceof String);
    }

    /** The level of a line without one, or null: Serilog leaves out {@code Information}. */
    @Nullable
    String defaultLevel() {
        return clef ? Level.INFO.word() : null;
    }

    /** The message of a line that has only the template of one, or null. */
    @Nullable
    String renderedMessage() {
        if (fields.get(CLEF_TEMPLATE) instanceof String template) {
            List<?> renderings = fields.get("@r") instanceof List<?> list ? list : List.of();
            return MessageTemplate.render(template, fields::get, renderings);
        }
        if (serilog && fields.get("MessageTemplate") instanceof String template) {
            Map<?, ?> properties = fields.get("Properties") instanceof Map<?, ?> map ? map : Map.of();
            return MessageTemplate.render(template, properties::get, List.of());
        }
        return null;
    }

    // ---- values

    /** A word as it was sent, a {@link NumberedLevel}, or null when the value is no level. */
    static @Nullable Object level(Object sent, String field, Meaning meaning) {
        if (meaning.isInOtherCase() && field.equalsIgnoreCase(PRIORITY) && isNumber(sent)) {
            return null; // of a task, an alarm or a message, as opposed to journald's
        }
        if (sent instanceof SentNumber number) {
            return ofNumber(number, field);
        }
        if (!(sent instanceof String word) || word.isBlank() || word.length() > Line.MAX_LEVEL_LENGTH) {
            return null;
        }
        if (isNumber(word)) {
            NumberedLevel numbered = ofNumber(new SentNumber(word.strip()), field);
            return numbered != null || !meaning.isOwn() ? numbered : word;
        }
        boolean doubtful = DOUBTFUL_LEVELS.contains(field.toLowerCase(Locale.ROOT));
        return doubtful && Level.of(word) == null ? null : word;
    }

    private static @Nullable NumberedLevel ofNumber(SentNumber number, String field) {
        Long whole = whole(number);
        Level level = whole == null ? null : scaled(whole, field.toLowerCase(Locale.ROOT));
        return level == null ? null : new NumberedLevel(level, number.toString());
    }

    /** The number without a fraction that is zero, as Lua writes all numbers; null when it is not whole. */
    private static @Nullable Long whole(SentNumber number) {
        if (number.isLong()) {
            return number.longValue();
        }
        String text = number.toString();
        boolean isNumber = text.length() <= Line.MAX_LEVEL_LENGTH
                && JSON_NUMBER.matcher(text).matches();
        double value = isNumber ? Double.parseDouble(text) : Double.NaN;
        return value == Math.rint(value) && Math.abs(value) <= Integer.MAX_VALUE ? (Long) (long) value : null;
    }

    /** The level of a number by the scale of the logger that wrote the line, or null. */
    @Nullable
    NumberedLevel scaled(NumberedLevel level, String field) {
        if (!openTelemetry || !field.equalsIgnoreCase(SEVERITY)) {
            return level;
        }
        Long number = whole(new SentNumber(level.sent()));
        Level scaled = number == null ? null : Level.ofOtlp(number);
        return scaled == null ? null : new NumberedLevel(scaled, level.sent());
    }

    private static @Nullable Level scaled(long number, String field) {
        return switch (field) {
            case "levelno" -> Level.ofPython(number);
            case "loglevel" -> number < 10 ? Level.ofDotNet(number) : Level.ofNumber(number);
            case "severitynumber", "severity_number" -> Level.ofOtlp(number);
            case "severitylevel" -> Level.ofDotNet(number + 1); // of Application Insights, from verbose (0) to critical
            case PRIORITY -> number >= 0 && number <= 7 ? Level.ofSyslog((int) number) : null;
            case SEVERITY -> number >= 100 ? ofGoogle(number) : Level.ofNumber(number);
            default -> Level.ofNumber(number);
        };
    }

    /** The level of a LogSeverity of Google Cloud. */
    private static @Nullable Level ofGoogle(long number) {
        if (number > 800) {
            return null;
        }
        return switch ((int) number / 100) {
            case 1 -> Level.DEBUG;
            case 2 -> Level.INFO;
            case 3 -> Level.NOTICE;
            case 4 -> Level.WARN;
            case 5 -> Level.ERROR;
            case 6 -> Level.CRITICAL;
            case 7 -> Level.ALERT;
            default -> Level.EMERGENCY;
        };
    }

    /** Whether it is a number, or a text of its characters. */
    static boolean isNumber(Object sent) {
        if (sent instanceof SentNumber) {
            return true;
        }
        if (!(sent instanceof String text)) {
            return false;
        }
        String trimmed = text.strip();
        for (int i = 0; i < trimmed.length(); i++) {
            char c = trimmed.charAt(i);
            if ((c < '0' || c > '9') && c != '.' && !(c == '-' && i == 0)) {
                return false;
            }
        }
        return !trimmed.isEmpty();
    }

    /**
     * The name of a stream, or null when the value is none.
     *
     * @param number whether its number in POSIX counts as well
     */
    static @Nullable String stream(Object sent, boolean number) {
        String text = sent instanceof String || sent instanceof SentNumber ? sent.toString() : "";
        if (text.equalsIgnoreCase(STDERR) || (number && text.equals("2"))) {
            return STDERR;
        }
        return text.equalsIgnoreCase(STDOUT) || (number && text.equals("1")) ? STDOUT : null;
    }

    /** The text whose bytes are in an array of numbers, as journald writes what is not UTF-8; null for other arrays. */
    static @Nullable String ofBytes(String array) {
        byte[] bytes = new byte[array.length() / 2 + 1];
        int length = 0;
        int number = -1;
        for (int i = 1; i < array.length(); i++) {
            char c = array.charAt(i);
            if (c >= '0' && c <= '9') {
                number = Math.max(number, 0) * 10 + c - '0';
                if (number > 0xFF) {
                    return null;
                }
            } else if (c == ',' || c == ']') {
                if (number < 0) {
                    return null;
                }
                bytes[length++] = (byte) number;
                number = -1;
            } else if (c > ' ') {
                return null;
            }
        }
        return length == 0 ? null : new String(bytes, 0, length, StandardCharsets.UTF_8);
    }
}
