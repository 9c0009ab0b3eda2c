package dev.tailrace.ingest.balena;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tailrace.ingest.IngestOptions;
import dev.tailrace.ingest.LineSink;
import dev.tailrace.ingest.lines.JsonLineParser;
import dev.tailrace.ingest.lines.LineReader;
import dev.tailrace.model.Batch;
import dev.tailrace.model.FastLine;
import dev.tailrace.model.Line;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Reads one line with the fields that balena's devices send; holds the last one read. */
public final class BalenaParser extends JsonLineParser {

    /** Why a line of another device is skipped; balena skips it without a report. */
    static final String OTHER_DEVICE = "a line with uuid belongs to another device";

    private final boolean strict;
    private @Nullable String message;
    private @Nullable Long timestamp;
    private @Nullable String service;
    private boolean stderr;
    private boolean system;
    private boolean otherDevice;

    /** @param strict whether a flag that is neither true nor false makes the line invalid; else it counts as false */
    public BalenaParser(boolean strict) {
        this.strict = strict;
    }

    /** Reads the lines of a body into a sink; {@code strict} as in the constructor. */
    static LineReader reader(IngestOptions options, LineSink sink, boolean strict) {
        return LineReader.ofJson(sink, options.lineBytes(), FastLine.ofBalena(), new BalenaParser(strict));
    }

    @Override
    public Line line() {
        if (message == null) {
            throw new IllegalStateException("no line was read");
        }
        return new Line(message, timestamp, service, stderr, system, null);
    }

    @Override
    public long seq() {
        return Batch.NO_SEQ;
    }

    @Override
    protected void clear() {
        message = null;
        timestamp = null;
        service = null;
        stderr = false;
        system = false;
        otherDevice = false;
    }

    @Override
    protected @Nullable String missing() {
        if (message == null) {
            return "message is missing";
        }
        if (timestamp == null) {
            return "timestamp is missing";
        }
        return otherDevice ? OTHER_DEVICE : null;
    }

    @Override
    protected @Nullable String field(String name, JsonToken value, JsonParser json) throws IOException {
        switch (name) {
            case "message":
                message = value == JsonToken.VALUE_STRING ? json.getText() : null;
                return message == null ? "message must be a string" : null;
            case "timestamp":
                timestamp = integer(value, json, Line.MIN_TIMESTAMP, Line.MAX_TIMESTAMP);
                return timestamp == null ? "timestamp must be epoch milliseconds, in the years 0 to 9999" : null;
            case "serviceId":
                Long id = integer(value, json, Integer.MIN_VALUE, Integer.MAX_VALUE);
                service = id == null ? null : id.toString();
                return id == null ? "serviceId must be an integer of 32 bits" : null;
            case "isStdErr":
                stderr = value == JsonToken.VALUE_TRUE;
                return flag(value, "isStdErr must be true or false");
            case "isSystem":
                system = value == JsonToken.VALUE_TRUE;
                return flag(value, "isSystem must be true or false");
            case "uuid":
                otherDevice = isTrue(value, json);
                return strict && value != JsonToken.VALUE_STRING ? "uuid must be a string" : null;
            default:
                return null; // unknown fields are ignored
        }
    }

    private @Nullable String flag(JsonToken value, String reason) {
        return strict && !value.isBoolean() ? reason : null;
    }

    /** Whether JavaScript considers the value true. */
    private static boolean isTrue(JsonToken value, JsonParser json) throws IOException {
        return switch (value) {
            case VALUE_NULL, VALUE_FALSE -> false;
            case VALUE_STRING -> json.getTextLength() > 0;
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(json) != 0;
            default -> true;
        };
    }

    /** A number without a fraction, in any notation, or null. */
    private static @Nullable Long integer(JsonToken value, JsonParser json, long min, long max) throws IOException {
        if (!value.isNumeric()) {
            return null;
        }
        double number = number(json);
        return number == Math.rint(number) && number >= min && number <= max ? (long) number : null;
    }

    // Not BigDecimal, because writing out 1e400000000 takes minutes. Numbers in range are exact in a double.
    private static double number(JsonParser json) throws IOException {
        return json.getTextLength() <= MAX_NUMBER_LENGTH ? Double.parseDouble(json.getText()) : Double.NaN;
    }
}
