package dev.tailrace.ingest.lines;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads one line that is a JSON object, and holds the last line read. Subclasses define the fields. */
public abstract class JsonLineParser implements LineReader.Parser {

    /** Longer numbers are not read: they cannot be in range, and some take minutes. */
    protected static final int MAX_NUMBER_LENGTH = 40;

    /** Why a line is rejected that is not an object. */
    protected static final String NOT_AN_OBJECT = "not a JSON object";

    private static final String MORE_VALUES = "more than one JSON value";
    private static final char REPLACEMENT = '\uFFFD';

    /** Field names are not interned, because senders choose them. */
    private static final JsonFactory JSON = factory().build();

    /** Also reads NaN and Infinity, which some programs write. */
    private static final JsonFactory JSON_AND_NAN =
            factory().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

    private static JsonFactoryBuilder factory() {
        return (JsonFactoryBuilder) new JsonFactoryBuilder()
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                .disable(JsonFactory.Feature.CHARSET_DETECTION)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxStringLength(Integer.MAX_VALUE) // the line has a limit
                        .maxNameLength(Integer.MAX_VALUE)
                        .maxNumberLength(Integer.MAX_VALUE)
                        .build());
    }

    private final JsonFactory factory;
    private byte[] source = {};
    private int sourceFrom;

    protected JsonLineParser() {
        this(false);
    }

    /** @param nan whether NaN and Infinity count as numbers */
    protected JsonLineParser(boolean nan) {
        this.factory = nan ? JSON_AND_NAN : JSON;
    }

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

    /**
     * Reads a line that is not an object.
     *
     * @param first its first token
     * @return why it is wrong, or null
     */
    protected @Nullable String other(JsonToken first, JsonParser json) throws IOException {
        return NOT_AN_OBJECT;
    }

    /** Whether {@link #other} may read a line that begins with the byte. */
    protected boolean mayBegin(byte first) {
        return false;
    }

    @Override
    public final @Nullable String parse(byte[] bytes, int start, int end) {
        clear();
        if (bytes[start] != '{' && !mayBegin(bytes[start])) {
            return NOT_AN_OBJECT;
        }
        if (isAscii(bytes, start, end)) {
            return read(bytes, start, end);
        }
        // The parser takes overlong forms for the characters that they spell.
        String text = new String(bytes, start, end - start, StandardCharsets.UTF_8);
        if (text.indexOf(REPLACEMENT) < 0) {
            return read(bytes, start, end);
        }
        byte[] valid = text.getBytes(StandardCharsets.UTF_8);
        return read(valid, 0, valid.length);
    }

    private static boolean isAscii(byte[] bytes, int start, int end) {
        for (int i = start; i < end; i++) {
            if (bytes[i] < 0) {
                return false;
            }
        }
        return true;
    }

    private @Nullable String read(byte[] bytes, int start, int end) {
        source = bytes;
        sourceFrom = start;
        try (JsonParser json = factory.createParser(bytes, start, end - start)) {
            return read(json);
        } catch (IOException invalid) {
            return "not valid JSON";
        } finally {
            source = new byte[0];
        }
    }

    /** The text of the line between two offsets, as they come from the parser. */
    protected final String sent(long from, long to) {
        return new String(source, sourceFrom + (int) from, (int) (to - from), StandardCharsets.UTF_8);
    }

    private @Nullable String read(JsonParser json) throws IOException {
        JsonToken first = json.nextToken();
        boolean isObject = first == JsonToken.START_OBJECT;
        String reason = isObject ? fields(json) : first == null ? NOT_AN_OBJECT : other(first, json);
        if (!isObject && reason != null) {
            return reason; // the value is not read to its end
        }
        long end = json.currentLocation().getByteOffset();
        if (json.nextToken() != null) {
            return MORE_VALUES;
        }
        return reason == null ? complete(end) : reason;
    }

    /**
     * The line is read.
     *
     * @param end offset after it
     * @return why it is wrong, or null
     */
    protected @Nullable String complete(long end) {
        return missing();
    }

    /** Reads the fields of the object that begins at the parser; returns why the first wrong one is wrong, or null. */
    protected final @Nullable String fields(JsonParser json) throws IOException {
        String reason = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            String wrong = field(name, json.nextToken(), json);
            reason = reason == null ? wrong : reason;
            json.skipChildren();
        }
        return reason;
    }
}
