package dev.tailrace.client;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Encodes an input line as it is sent: as JSON with its number.
 *
 * @param service of lines without a service, or null
 * @param stream of lines without a stream, or null
 * @param system of lines without that field, or null
 * @param level of lines without a level, or null
 */
public record LineEncoder(
        @Nullable String service,
        @Nullable String stream,
        boolean system,
        @Nullable String level) {

    /** A line of text is the message; its timestamp is the time of reading, however long the broker is unavailable. */
    public byte[] encodeText(long seq, String message, long readAt) {
        return encode(json -> {
            json.writeNumberField("seq", seq);
            json.writeStringField("message", message);
            json.writeNumberField("timestamp", readAt);
            writeAbsent(json, Set.of());
        });
    }

    /** @throws IOException with a reason for the caller when the text is not one JSON object */
    public byte[] encodeObject(long seq, String object) throws IOException {
        try (JsonParser parser = JsonFields.JSON.createParser(object)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("not a JSON object");
            }
            byte[] encoded = encode(json -> {
                json.writeNumberField("seq", seq);
                writeAbsent(json, copyFields(parser, json));
            });
            if (parser.nextToken() != null) {
                throw new IOException("more than one JSON value");
            }
            return encoded;
        } catch (com.fasterxml.jackson.core.JacksonException | UncheckedIOException invalid) {
            throw new IOException("not valid JSON", invalid);
        }
    }

    private static Set<String> copyFields(JsonParser parser, JsonGenerator json) throws IOException {
        Set<String> names = new HashSet<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            if (name.equals("seq")) {
                parser.skipChildren(); // replaced by the number of this encoder
                continue;
            }
            names.add(name);
            json.writeFieldName(name);
            json.copyCurrentStructureExact(parser);
        }
        return names;
    }

    private void writeAbsent(JsonGenerator json, Set<String> present) throws IOException {
        if (service != null && !present.contains("service")) {
            json.writeStringField("service", service);
        }
        if (stream != null && !present.contains("stream")) {
            json.writeStringField("stream", stream);
        }
        if (system && !present.contains("system")) {
            json.writeBooleanField("system", true);
        }
        if (level != null && !present.contains("level")) {
            json.writeStringField("level", level);
        }
    }

    private interface Fields {
        void write(JsonGenerator json) throws IOException;
    }

    // Through a String, because a byte generator fails on half of a surrogate pair, which JSON can escape; here it
    // becomes '?'.
    private static byte[] encode(Fields fields) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JsonFields.JSON.createGenerator(text)) {
            json.writeStartObject();
            fields.write(json);
            json.writeEndObject();
        } catch (IOException invalid) {
            throw new UncheckedIOException(invalid);
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }
}
