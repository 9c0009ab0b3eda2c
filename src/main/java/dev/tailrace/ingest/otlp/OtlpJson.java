package dev.tailrace.ingest.otlp;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tailrace.ingest.body.Document;
import dev.tailrace.ingest.records.JsonWalk;
import dev.tailrace.ingest.records.Records;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads an ExportLogsServiceRequest in OTLP's JSON, which is not quite protobuf's: ids are hexadecimal, enumerations
 * are numbers, and unknown fields are ignored. A value of the wrong kind rejects only its record.
 */
public final class OtlpJson implements JsonWalk.Visitor {

    private static final int RESOURCE = 1;
    private static final int SCOPE = 2;

    static final List<JsonWalk.Level> LEVELS = List.of(
            new JsonWalk.Level("", "resourceLogs"),
            new JsonWalk.Level("resource", "scopeLogs"),
            new JsonWalk.Level("scope", "logRecords"));

    /** A record with deeper values is rejected; this is protobuf's own limit. */
    private static final int MAX_DEPTH = 100;

    private final OtlpRecord record;
    private @Nullable String wrong;
    private @Nullable String wrongResource;
    private @Nullable String wrongScope;

    private OtlpJson(OtlpRecord record) {
        this.record = record;
    }

    public static Records of(Document body, OtlpRecord record) throws IOException {
        return new JsonWalk(body, record.most(), LEVELS, new OtlpJson(record));
    }

    @Override
    public void begin(int level) {
        if (level == RESOURCE) {
            record.resource = Map.of();
            wrongResource = null;
        } else if (level == SCOPE) {
            record.noScope();
            wrongScope = null;
        }
    }

    @Override
    public void header(int level, JsonParser json, int bytes) throws IOException {
        if (!record.keep(level - RESOURCE, bytes)) {
            return;
        }
        wrong = null;
        String name = "";
        String version = "";
        Map<String, Object> attributes = Map.of();
        boolean object = json.currentToken() == JsonToken.START_OBJECT;
        while (object && json.nextToken() == JsonToken.FIELD_NAME) {
            switch (json.currentName()) {
                case "name" -> name = text(json);
                case "version" -> version = text(json);
                case "attributes" -> attributes = pairs(json, 0);
                default -> ignore(json);
            }
        }
        if (level == RESOURCE) {
            record.resource = attributes;
            wrongResource = wrong;
        } else {
            record.scope(name, version, attributes);
            wrongScope = wrong;
        }
    }

    @Override
    public void headerTooLong(int level) {
        if (level == RESOURCE) {
            wrongResource = "its resource is longer than " + Records.MAX_SHARED_BYTES + " bytes";
        } else {
            wrongScope = "its scope is longer than " + Records.MAX_SHARED_BYTES + " bytes";
        }
    }

    @Override
    public void itemTooLong() {
        record.rejectTooLong();
    }

    @Override
    public void item(JsonParser json) throws IOException {
        record.clear();
        boolean object = json.currentToken() == JsonToken.START_OBJECT;
        wrong = object ? null : "a record must be an object";
        while (object && json.nextToken() == JsonToken.FIELD_NAME) {
            field(json);
        }
        json.skipChildren();
        String reason = wrong != null ? wrong : wrongScope != null ? wrongScope : wrongResource;
        if (reason == null) {
            record.finish();
        } else {
            record.reject(reason);
        }
    }

    private void field(JsonParser json) throws IOException {
        switch (json.currentName()) {
            case "timeUnixNano" -> record.timeNanos = nanos(json);
            case "observedTimeUnixNano" -> record.observedNanos = nanos(json);
            case "severityNumber" -> record.severityNumber = signed(json);
            case "severityText" -> record.severityText = text(json);
            case "body" -> record.body = nextValue(json, 0);
            case "attributes" -> pairs(json, 0).forEach(record::attribute);
            case "traceId" -> record.traceId = id(json);
            case "spanId" -> record.spanId = id(json);
            case "eventName" -> record.eventName = text(json);
            default -> ignore(json);
        }
    }

    // ---- values; each method reads its value to the end

    private static void ignore(JsonParser json) throws IOException {
        json.nextToken();
        json.skipChildren();
    }

    private void wrong(JsonParser json, String reason) throws IOException {
        json.skipChildren();
        if (wrong == null) {
            wrong = reason;
        }
    }

    private String text(JsonParser json) throws IOException {
        String name = json.currentName();
        JsonToken value = json.nextToken();
        if (value == JsonToken.VALUE_STRING) {
            return json.getText();
        }
        if (value != JsonToken.VALUE_NULL) {
            wrong(json, name + " must be a string");
        }
        return "";
    }

    private String id(JsonParser json) throws IOException {
        return text(json).toLowerCase(Locale.ROOT);
    }

    private long nanos(JsonParser json) throws IOException {
        String name = json.currentName();
        String digits = number(json);
        try {
            return digits.isEmpty() ? 0 : Long.parseUnsignedLong(digits);
        } catch (NumberFormatException invalid) {
            wrong(json, name + " must be nanoseconds");
            return 0;
        }
    }

    private long signed(JsonParser json) throws IOException {
        String name = json.currentName();
        String digits = number(json);
        try {
            return digits.isEmpty() ? 0 : Long.parseLong(digits);
        } catch (NumberFormatException invalid) {
            wrong(json, name + " must be a whole number");
            return 0;
        }
    }

    /** The digits of a number, which may be in quotes. */
    private static String number(JsonParser json) throws IOException {
        JsonToken value = json.nextToken();
        if (value == JsonToken.VALUE_NULL) {
            return "";
        }
        return value.isScalarValue() ? json.getText() : "no number";
    }

    private Map<String, Object> pairs(JsonParser json, int depth) throws IOException {
        Map<String, Object> pairs = new LinkedHashMap<>();
        JsonToken value = json.nextToken();
        if (value == JsonToken.VALUE_NULL) {
            return pairs;
        }
        if (value != JsonToken.START_ARRAY || depth > MAX_DEPTH) {
            wrong(json, depth > MAX_DEPTH ? "nested too deeply" : "attributes must be an array");
            return pairs;
        }
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (json.currentToken() == JsonToken.START_OBJECT) {
                pair(json, depth, pairs);
            } else {
                wrong(json, "an attribute must be an object");
            }
        }
        return pairs;
    }

    private void pair(JsonParser json, int depth, Map<String, Object> pairs) throws IOException {
        String key = "";
        Object value = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            switch (json.currentName()) {
                case "key" -> key = text(json);
                case "value" -> value = nextValue(json, depth);
                default -> ignore(json);
            }
        }
        if (value != null) {
            pairs.putIfAbsent(key, value);
        }
    }

    private @Nullable Object nextValue(JsonParser json, int depth) throws IOException {
        json.nextToken();
        return value(json, depth);
    }

    /** Reads the AnyValue at the parser. */
    private @Nullable Object value(JsonParser json, int depth) throws IOException {
        JsonToken token = json.currentToken();
        if (token == JsonToken.VALUE_NULL) {
            return null;
        }
        if (token != JsonToken.START_OBJECT) {
            wrong(json, "a value must be an object such as {\"stringValue\":\"…\"}");
            return null;
        }
        Object value = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            switch (json.currentName()) {
                case "stringValue" -> value = text(json);
                case "boolValue" -> value = json.nextToken() == JsonToken.VALUE_TRUE;
                case "intValue" -> value = signed(json);
                case "doubleValue" -> value = real(json);
                case "bytesValue" -> value = bytes(json);
                case "arrayValue" -> value = values(json, depth + 1);
                case "kvlistValue" -> value = map(json, depth + 1);
                default -> ignore(json);
            }
            json.skipChildren();
        }
        return value;
    }

    private Object real(JsonParser json) throws IOException {
        try {
            return Double.valueOf(number(json));
        } catch (NumberFormatException invalid) {
            wrong(json, "doubleValue must be a number");
            return 0;
        }
    }

    private Object bytes(JsonParser json) throws IOException {
        try {
            return Base64.getDecoder().decode(text(json));
        } catch (IllegalArgumentException invalid) {
            wrong(json, "bytesValue must be base64");
            return "";
        }
    }

    private Object values(JsonParser json, int depth) throws IOException {
        List<@Nullable Object> list = new ArrayList<>();
        if (json.nextToken() != JsonToken.START_OBJECT || depth > MAX_DEPTH) {
            wrong(json, depth > MAX_DEPTH ? "nested too deeply" : "arrayValue must be an object");
            return list;
        }
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            boolean wanted = json.currentName().equals("values");
            if (json.nextToken() == JsonToken.START_ARRAY && wanted) {
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    list.add(value(json, depth));
                }
            }
            json.skipChildren();
        }
        return list;
    }

    private Object map(JsonParser json, int depth) throws IOException {
        Map<String, Object> map = new LinkedHashMap<>();
        if (json.nextToken() != JsonToken.START_OBJECT || depth > MAX_DEPTH) {
            wrong(json, depth > MAX_DEPTH ? "nested too deeply" : "kvlistValue must be an object");
            return map;
        }
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            if (json.currentName().equals("values")) {
                map.putAll(pairs(json, depth));
            } else {
                ignore(json);
            }
        }
        return map;
    }
}
