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
 * Makes what travels out of what was read: the JSON of one line with its number.
 *
 * @param service of lines that name none, or null
 * @param stream likewise
 * @param system likewise
 * @param level likewise
 */
public record LineEncoder(
        @Nullable String service,
        @Nullable String stream,
        boolean system,
        @Nullable String level) {

    /** A line of text is the message; it is as old as its reading, however long the broker is away. */
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
                parser.skipChildren(); // ours counts
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

    // Through a String, because half of a surrogate pair, which JSON can escape, fails a byte generator; here it
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
