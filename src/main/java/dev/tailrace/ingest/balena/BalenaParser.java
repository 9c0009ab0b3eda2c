package dev.tailrace.ingest.balena;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tailrace.ingest.IngestOptions;
import dev.tailrace.ingest.LineSink;
import dev.tailrace.ingest.lines.LineReader;
import dev.tailrace.model.Batch;
import dev.tailrace.model.FastLine;
import dev.tailrace.model.Line;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads one line with the fields that balena's devices send; holds the last one read. */
public final class BalenaParser implements LineReader.Parser {

    /** Why a line of another device is passed over, as balena does without a word. */
    static final String OTHER_DEVICE = "a line with uuid belongs to another device";

    private static final int MAX_NUMBER_LENGTH = 40;

    private static final JsonFactory JSON = new JsonFactory();

    private final boolean strict;
    private @Nullable String message;
    private @Nullable Long timestamp;
    private @Nullable String service;
    private boolean stderr;
    private boolean system;
    private boolean otherDevice;

    /** @param strict whether a flag that is neither true nor false makes the line wrong, rather than being false */
    public BalenaParser(boolean strict) {
        this.strict = strict;
    }

    /** Reads the lines of a body into a sink; {@code strict} as in the constructor. */
    static LineReader reader(IngestOptions options, LineSink sink, boolean strict) {
        return LineReader.ofJson(sink, options.lineBytes(), FastLine.ofBalena(), new BalenaParser(strict));
    }

    @Override
    public @Nullable String parse(byte[] bytes, int start, int end) {
        if (bytes[start] != '{') {
            return "not a JSON object";
        }
        try (JsonParser json = JSON.createParser(bytes, start, end - start)) {
            return read(json);
        } catch (IOException invalid) {
            return parse(new String(bytes, start, end - start, StandardCharsets.UTF_8));
        }
    }

    private @Nullable String parse(String text) {
        try (JsonParser json = JSON.createParser(text)) {
            return read(json);
        } catch (IOException invalid) {
            return "not valid JSON";
        }
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

    private @Nullable String read(JsonParser json) throws IOException {
        message = null;
        timestamp = null;
        service = null;
        stderr = false;
        system = false;
        otherDevice = false;
        json.nextToken();
        String reason = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            String wrong = field(name, json.nextToken(), json);
            reason = reason == null ? wrong : reason;
            json.skipChildren();
        }
        if (json.nextToken() != null) {
            return "more than one JSON value";
        }
        if (reason == null && message == null) {
            return "message is missing";
        }
        if (reason == null && timestamp == null) {
            return "timestamp is missing";
        }
        return reason == null && otherDevice ? OTHER_DEVICE : reason;
    }

    private @Nullable String field(String name, JsonToken value, JsonParser json) throws IOException {
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

    /** As JavaScript sees a value that is asked for yes or no. */
    private static boolean isTrue(JsonToken value, JsonParser json) throws IOException {
        return switch (value) {
            case VALUE_NULL, VALUE_FALSE -> false;
            case VALUE_STRING -> json.getTextLength() > 0;
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(json) != 0;
            default -> true;
        };
    }

    /** A number without a fraction, however it is written, or null. */
    private static @Nullable Long integer(JsonToken value, JsonParser json, long min, long max) throws IOException {
        if (!value.isNumeric()) {
            return null;
        }
        double number = number(json);
        return number == Math.rint(number) && number >= min && number <= max ? (long) number : null;
    }

    // Not BigDecimal: to write out 1e400000000 takes minutes. All that is in range is exact in a double.
    private static double number(JsonParser json) throws IOException {
        return json.getTextLength() <= MAX_NUMBER_LENGTH ? Double.parseDouble(json.getText()) : Double.NaN;
    }
}
