package dev.tailrace.ingest.otlp;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tailrace.ingest.body.Document;
import dev.tailrace.ingest.records.FieldNames;
import dev.tailrace.ingest.records.JsonWalk;
import dev.tailrace.ingest.records.PlainJson;
import dev.tailrace.ingest.records.Records;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Reads an ExportLogsServiceRequest in OTLP's JSON: that of protocol buffers (ProtoJSON), except that ids are
 * hexadecimal. Names of fields are read in camel case and in snake case, enumerations as numbers and as names, and null
 * as a field that is not set. A value that cannot be read costs nothing but itself.
 */
public final class OtlpJson implements JsonWalk.Visitor {

    private static final int RESOURCE = 1;
    private static final int SCOPE = 2;

    static final List<JsonWalk.Level> LEVELS = List.of(
            new JsonWalk.Level(List.of(), List.of("resourceLogs")),
            // Before version 0.20 of the protocol a scope was an instrumentation library, with logs.
            new JsonWalk.Level(List.of("resource"), List.of("scopeLogs", "instrumentationLibraryLogs")),
            new JsonWalk.Level(List.of("scope", "instrumentationLibrary"), List.of("logRecords", "logs")));

    private static final int TRACE_ID_BYTES = 16;
    private static final int SPAN_ID_BYTES = 8;

    private final OtlpRecord record;

    private OtlpJson(OtlpRecord record) {
        this.record = record;
    }

    public static Records of(Document body, OtlpRecord record) throws IOException {
        return new JsonWalk(body, record.most(), LEVELS, new OtlpJson(record));
    }

    @Override
    public String shape() {
        return "{\"resourceLogs\":[{\"resource\":{…},\"scopeLogs\":[{\"scope\":{…},\"logRecords\":[{…}]}]}]}";
    }

    @Override
    public void begin(int level) {
        if (level == RESOURCE) {
            record.resource(Map.of());
        } else if (level == SCOPE) {
            record.noScope();
        }
    }

    @Override
    public void header(int level, JsonParser json, int bytes) throws IOException {
        if (!record.keep(level - RESOURCE, bytes)) {
            return;
        }
        String name = "";
        String version = "";
        Map<String, Object> attributes = Map.of();
        boolean object = json.currentToken() == JsonToken.START_OBJECT;
        while (object && json.nextToken() == JsonToken.FIELD_NAME) {
            String field = FieldNames.camel(json.currentName());
            json.nextToken();
            switch (field) {
                case "name" -> name = PlainJson.text(json);
                case "version" -> version = PlainJson.text(json);
                case "attributes" -> attributes = OtlpJsonValues.attributes(json, 0);
                default -> json.skipChildren();
            }
        }
        if (level == RESOURCE) {
            record.resource(attributes);
        } else {
            record.scope(name, version, attributes);
        }
    }

    @Override
    public void headerTooLong(int level) {
        if (level == RESOURCE) {
            record.resourceTooLong();
        } else {
            record.scopeTooLong();
        }
    }

    @Override
    public void itemTooLong() {
        record.rejectTooLong();
    }

    @Override
    public void misplaced(String reason) {
        record.reject(reason);
    }

    @Override
    public void item(JsonParser json) throws IOException {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            record.reject("a record must be an object such as {\"body\":{\"stringValue\":\"…\"}}");
            json.skipChildren();
            return;
        }
        record.clear();
        boolean empty = true;
        boolean known = false;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = FieldNames.camel(json.currentName());
            json.nextToken();
            known |= field(name, json);
            empty = false;
        }
        if (known || empty) {
            record.finish();
        } else {
            record.reject("a record has fields such as body and attributes; none of its fields is known");
        }
    }

    /** Returns whether a record has such a field. */
    private boolean field(String name, JsonParser json) throws IOException {
        switch (name) {
            case "timeUnixNano" -> record.time.read(json);
            case "observedTimeUnixNano" -> record.observedTime.read(json);
            case "severityNumber" -> severityNumber(json);
            case "severityText" -> record.severityText = PlainJson.text(json);
            case "body" -> record.body = OtlpJsonValues.value(json, 0);
            case "attributes" -> OtlpJsonValues.attributes(json, 0).forEach(record::attribute);
            case "traceId", "traceID" -> record.traceId = id(json, TRACE_ID_BYTES);
            case "spanId", "spanID" -> record.spanId = id(json, SPAN_ID_BYTES);
            case "eventName" -> record.eventName = PlainJson.text(json);
            default -> {
                json.skipChildren();
                return false;
            }
        }
        return true;
    }

    private void severityNumber(JsonParser json) throws IOException {
        String text = PlainJson.text(json);
        Long number = PlainJson.whole(text);
        if (number != null) {
            record.severityNumber = number;
        } else {
            record.severityName = text;
        }
    }

    /** An id in hexadecimal, as OTLP has it, or in base64, as ProtoJSON has bytes; another text stays as it is. */
    private static String id(JsonParser json, int bytes) throws IOException {
        String text = PlainJson.text(json);
        if (text.length() == 2 * bytes || text.isEmpty()) {
            return text.toLowerCase(Locale.ROOT);
        }
        byte[] decoded = OtlpJsonValues.base64(text);
        return decoded != null && decoded.length == bytes ? HexFormat.of().formatHex(decoded) : text;
    }
}
