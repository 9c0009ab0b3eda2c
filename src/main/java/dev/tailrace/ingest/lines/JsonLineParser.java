package dev.tailrace.ingest.lines;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads one line that is a JSON object, and holds the last line read. Subclasses define the fields. */
public abstract class JsonLineParser implements LineReader.Parser {

    /** Longer numbers are not read: they cannot be in range, and some take minutes. */
    protected static final int MAX_NUMBER_LENGTH = 40;

    private static final JsonFactory JSON = new JsonFactory();

    /** Forgets the line that was read before. */
    protected abstract void clear();

    /**
     * Reads one field; unknown fields are ignored.
     *
     * @param value its first token
     * @return why the field is wrong, or null
     */
    protected abstract @Nullable String field(String name, JsonToken value, JsonParser json) throws IOException;

    /** Why the fields do not make a line although each of them is right, or null. */
    protected abstract @Nullable String missing();

    @Override
    public final @Nullable String parse(byte[] bytes, int start, int end) {
        if (bytes[start] != '{') {
            clear();
            return "not a JSON object";
        }
        try (JsonParser json = isAscii(bytes, start, end)
                ? JSON.createParser(bytes, start, end - start)
                // Decoded here, because the parser of bytes takes overlong forms and surrogates for characters, so that
                // a name that is invalid UTF-8 could become that of another field.
                : JSON.createParser(new String(bytes, start, end - start, StandardCharsets.UTF_8))) {
            return read(json);
        } catch (IOException invalid) {
            return "not valid JSON";
        }
    }

    private static boolean isAscii(byte[] bytes, int start, int end) {
        int seen = 0;
        for (int i = start; i < end; i++) {
            seen |= bytes[i];
        }
        return seen >= 0;
    }

    private @Nullable String read(JsonParser json) throws IOException {
        clear();
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
        return reason == null ? missing() : reason;
    }
}
