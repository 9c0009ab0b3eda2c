package dev.tailrace.ingest.lines;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tailrace.ingest.fields.SentTime;
import dev.tailrace.model.Batch;
import dev.tailrace.model.Line;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads one line in Tailrace's own JSON; holds the last line read. */
public final class LineParser extends JsonLineParser {

    private @Nullable String message;
    private @Nullable Long timestamp;
    private @Nullable String service;
    private boolean stderr;
    private boolean system;
    private @Nullable String level;
    private long seq;

    @Override
    public Line line() {
        if (message == null) {
            throw new IllegalStateException("no line was read");
        }
        return new Line(message, timestamp, service, stderr, system, level);
    }

    @Override
    public long seq() {
        return seq;
    }

    @Override
    protected void clear() {
        message = null;
        timestamp = null;
        service = null;
        stderr = false;
        system = false;
        level = null;
        seq = Batch.NO_SEQ;
    }

    @Override
    protected @Nullable String missing() {
        return message == null ? "message is missing" : null;
    }

    @Override
    protected @Nullable String field(String name, JsonToken value, JsonParser json) throws IOException {
        if (value == JsonToken.VALUE_NULL) {
            return null;
        }
        switch (name) {
            case "message":
                return value == JsonToken.VALUE_STRING ? setMessage(json.getText()) : "message must be a string";
            case "timestamp":
                return timestamp(value, json);
            case "service":
                return value == JsonToken.VALUE_STRING ? setService(json.getText()) : "service must be a string";
            case "stream":
                return stream(value == JsonToken.VALUE_STRING ? json.getText() : "");
            case "level":
                return value == JsonToken.VALUE_STRING ? setLevel(json.getText()) : "level must be a string";
            case "system":
                system = value == JsonToken.VALUE_TRUE;
                return value.isBoolean() ? null : "system must be true or false";
            case "seq":
                return seq(value, json);
            default:
                return null; // unknown fields are ignored
        }
    }

    private @Nullable String setMessage(String text) {
        message = text;
        return null;
    }

    private @Nullable String setService(String text) {
        service = text.isEmpty() ? null : text;
        return text.length() <= Line.MAX_SERVICE_LENGTH
                ? null
                : "service must be at most " + Line.MAX_SERVICE_LENGTH + " characters";
    }

    private @Nullable String setLevel(String text) {
        level = text.isEmpty() ? null : text.toLowerCase(Locale.ROOT);
        return text.length() <= Line.MAX_LEVEL_LENGTH
                ? null
                : "level must be at most " + Line.MAX_LEVEL_LENGTH + " characters";
    }

    private @Nullable String stream(String text) {
        stderr = text.equals("stderr");
        return stderr || text.equals("stdout") ? null : "stream must be stdout or stderr";
    }

    private @Nullable String timestamp(JsonToken value, JsonParser json) throws IOException {
        timestamp = null;
        String text = json.getText();
        try {
            if (value == JsonToken.VALUE_STRING) {
                timestamp = OffsetDateTime.parse(text).toInstant().toEpochMilli();
            } else if (value.isNumeric()) {
                timestamp = SentTime.ofNumber(text);
            }
        } catch (DateTimeException | ArithmeticException invalid) {
            // reported below
        }
        boolean valid = timestamp != null && timestamp >= Line.MIN_TIMESTAMP && timestamp <= Line.MAX_TIMESTAMP;
        return valid ? null : "timestamp must be epoch milliseconds or RFC 3339, in the years 0 to 9999";
    }

    private @Nullable String seq(JsonToken value, JsonParser json) throws IOException {
        if (value != JsonToken.VALUE_NUMBER_INT || json.getTextLength() > 16) {
            return "seq must be an integer from 0 to 2^53";
        }
        long number = json.getLongValue();
        if (number < 0 || number > 1L << 53) {
            return "seq must be an integer from 0 to 2^53";
        }
        seq = number;
        return null;
    }
}
