package dev.tailrace.ingest.records;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tailrace.ingest.fields.Attributes;
import dev.tailrace.ingest.fields.SentTime;
import dev.tailrace.model.Line;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/**
 * A time of a record. One that cannot be read does not reject the record, and its text is kept. Filled and cleared for
 * each record.
 */
public final class RecordTime {

    private static final JsonFactory JSON = new JsonFactory();

    /** A longer value is not a time in two parts. */
    private static final int MAX_PARTS_LENGTH = 200;

    private static final long MAX_SECONDS = Line.MAX_TIMESTAMP / 1000;

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
        if (Math.abs(seconds) <= MAX_SECONDS) {
            millis = SentTime.ofSeconds(seconds, nanos);
        }
        if (millis == null) {
            unread = seconds + " s " + nanos + " ns";
        }
    }

    /** Reads the value at the parser: a number, text, an object with seconds and nanos, or an array of these two. */
    public void read(JsonParser json) throws IOException {
        JsonToken token = json.currentToken();
        if (token.isStructStart()) {
            parts(PlainJson.text(json));
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
        if (texts == null) {
            texts = new SentTime(ZoneOffset.UTC, Instant::now);
        }
        millis = texts.ofText(text);
        unread = millis == null && !text.isBlank() ? text : null;
    }

    private void parts(String sent) throws IOException {
        Long seconds = null;
        Long nanos = null;
        if (sent.length() <= MAX_PARTS_LENGTH) {
            try (JsonParser json = JSON.createParser(sent)) {
                String name = json.nextToken() == JsonToken.START_ARRAY ? "seconds" : "";
                for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
                    if (token == JsonToken.FIELD_NAME) {
                        name = FieldNames.camel(json.currentName());
                    } else if (name.startsWith("sec")) {
                        seconds = PlainJson.whole(json.getText());
                        name = "nanos"; // in an array it is the next
                    } else if (name.startsWith("nano")) {
                        nanos = PlainJson.whole(json.getText());
                        name = "";
                    }
                }
            }
        }
        if (seconds != null) {
            set(seconds, nanos == null ? 0 : nanos);
        } else {
            clear();
            unread = sent;
        }
    }
}
