package dev.tailrace.ingest.records;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tailrace.ingest.fields.Attributes;
import dev.tailrace.ingest.fields.JsonTree;
import dev.tailrace.ingest.fields.SentTime;
import dev.tailrace.ingest.fields.TimeValue;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A time of a record. One that cannot be read does not reject the record, and its text is kept. Filled and cleared for
 * each record.
 */
public final class RecordTime {

    private static final JsonFactory JSON = new JsonFactory();

    /** A longer object or array is no time. */
    private static final int MAX_STRUCTURE_LENGTH = 200;

    private @Nullable SentTime texts; // null before the first text
    private @Nullable Long millis;
    private @Nullable String unread;

    public void clear() {
        millis = null;
        unread = null;
    }

    /** Epoch milliseconds; null without a time, or when it could not be read. */
    public @Nullable Long millis() {
        return millis;
    }

    /** Adds the text of a time that could not be read to the attributes. */
    public void keepUnread(String name, Attributes attributes) {
        if (unread != null) {
            attributes.add(name, unread);
        }
    }

    /** Sets a number of which 0 means none, and whose unit follows from its size; it is nanoseconds in protobuf. */
    public void set(long number) {
        clear();
        if (number > 0) {
            millis = SentTime.ofNumber(number);
        }
        if (millis == null && number != 0) {
            unread = Long.toString(number);
        }
    }

    /** Sets a time in two parts, of which two zeros mean none. */
    public void set(long seconds, long nanos) {
        clear();
        if (seconds == 0 && nanos == 0) {
            return;
        }
        millis = SentTime.ofSeconds(seconds, nanos);
        if (millis == null) {
            unread = seconds + " s " + nanos + " ns";
        }
    }

    /** Reads the value at the parser: a number, text, or an object or array that {@link TimeValue} reads. */
    public void read(JsonParser json) throws IOException {
        JsonToken token = json.currentToken();
        if (token.isStructStart()) {
            structure(PlainJson.text(json));
        } else if (token == JsonToken.VALUE_NULL) {
            clear();
        } else {
            text(json.getText());
        }
    }

    private void text(String text) {
        Long whole = PlainJson.whole(text);
        if (whole != null) {
            set(whole);
            return;
        }
        clear();
        millis = texts().ofText(text);
        unread = millis == null && !text.isBlank() ? text : null;
    }

    private void structure(String sent) throws IOException {
        clear();
        Object value = null;
        if (sent.length() <= MAX_STRUCTURE_LENGTH) {
            try (JsonParser json = JSON.createParser(sent)) {
                json.nextToken();
                value = new JsonTree().read(json, MAX_STRUCTURE_LENGTH);
            }
        }
        TimeValue times = new TimeValue(texts());
        Long read = times.read(value);
        if (read == null && value instanceof Map<?, ?> object) {
            Map<String, @Nullable Object> renamed = new HashMap<>();
            object.forEach((name, part) -> renamed.put(FieldNames.camel(String.valueOf(name)), part));
            read = times.read(renamed);
        }
        if (read == null) {
            unread = sent;
        } else if (read != 0) { // in protobuf zeros mean none
            millis = read;
        }
    }

    private SentTime texts() {
        if (texts == null) {
            texts = new SentTime(ZoneOffset.UTC, Instant::now);
        }
        return texts;
    }
}
