package dev.tailrace.ingest.loki;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tailrace.ingest.body.Document;
import dev.tailrace.ingest.records.FieldNames;
import dev.tailrace.ingest.records.JsonWalk;
import dev.tailrace.ingest.records.PlainJson;
import dev.tailrace.ingest.records.Records;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads Loki's push request in JSON: streams with labels and values. A value is an array of a time, a line, and perhaps
 * metadata. In the form of Loki's first versions, which is that of its protobuf too, a stream has a label set in text,
 * and entries that are objects. Values of labels and metadata that are no text become text.
 */
public final class LokiJson implements JsonWalk.Visitor {

    private static final int STREAM = 1;

    static final List<JsonWalk.Level> LEVELS = List.of(
            new JsonWalk.Level(List.of(), List.of("streams")),
            new JsonWalk.Level(List.of("stream", "labels"), List.of("values", "entries")));

    private static final String SHAPE = "a value must be [\"<nanoseconds>\", \"<line>\"], with optional metadata,"
            + " or {\"ts\":\"<time>\", \"line\":\"<line>\"}";

    private static final String METADATA = "metadata";

    private final LokiRecord record;

    private LokiJson(LokiRecord record) {
        this.record = record;
    }

    public static Records of(Document body, LokiRecord record) throws IOException {
        return new JsonWalk(body, record.most(), LEVELS, new LokiJson(record));
    }

    @Override
    public String shape() {
        return "{\"streams\":[{\"stream\":{\"<label>\":\"<value>\"},\"values\":[[\"<nanoseconds>\",\"<line>\"]]}]}";
    }

    @Override
    public void begin(int level) {
        if (level == STREAM) {
            record.labels(Map.of());
        }
    }

    @Override
    public void header(int level, JsonParser json, int bytes) throws IOException {
        if (!record.keep(bytes)) {
            return;
        }
        switch (json.currentToken()) {
            case START_OBJECT -> {
                Map<String, String> labels = new LinkedHashMap<>();
                texts(json, labels::put);
                record.labels(labels);
            }
            case VALUE_STRING -> record.labels(json.getText());
            default -> record.wrongLabels("stream must be an object of labels", PlainJson.text(json));
        }
    }

    @Override
    public void headerTooLong(int level) {
        record.labelsTooLong();
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
        record.clear();
        String line = switch (json.currentToken()) {
            case START_ARRAY -> array(json);
            case START_OBJECT -> object(json);
            default -> null;
        };
        if (line == null) {
            record.reject(SHAPE);
        } else {
            record.finish(line);
        }
    }

    private @Nullable String array(JsonParser json) throws IOException {
        String line = null;
        int index = 0;
        while (json.nextToken() != JsonToken.END_ARRAY) {
            switch (index++) {
                case 0 -> record.time.read(json);
                case 1 -> line = line(json);
                case 2 -> metadata(json);
                default -> json.skipChildren();
            }
        }
        return line;
    }

    private @Nullable String object(JsonParser json) throws IOException {
        String line = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            switch (FieldNames.camel(name)) {
                case "ts", "timestamp", "time" -> record.time.read(json);
                case "line", "message", "msg", "log", "entry" -> line = line == null ? line(json) : line;
                case "structuredMetadata", METADATA -> metadata(json);
                default -> text(name, json, record::metadata);
            }
            json.skipChildren();
        }
        return line;
    }

    private static @Nullable String line(JsonParser json) throws IOException {
        return json.currentToken() == JsonToken.VALUE_NULL ? null : PlainJson.text(json);
    }

    /** An object, or an array of names and values as in protobuf. */
    private void metadata(JsonParser json) throws IOException {
        if (json.currentToken() == JsonToken.START_OBJECT) {
            texts(json, record::metadata);
        } else if (json.currentToken() == JsonToken.START_ARRAY) {
            while (json.nextToken() != JsonToken.END_ARRAY) {
                pair(json);
            }
        } else {
            text(METADATA, json, record::metadata);
        }
    }

    private void pair(JsonParser json) throws IOException {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            text(METADATA, json, record::metadata);
            return;
        }
        Map<String, String> fields = new LinkedHashMap<>();
        texts(json, (name, value) -> fields.put(FieldNames.camel(name), value));
        String name = fields.remove("name");
        String value = fields.remove("value");
        if (name != null && value != null) {
            record.metadata(name, value);
        }
        fields.forEach(record::metadata);
    }

    /** Reads the object at the parser. */
    private static void texts(JsonParser json, BiConsumer<String, String> to) throws IOException {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            text(name, json, to);
        }
    }

    private static void text(String name, JsonParser json, BiConsumer<String, String> to) throws IOException {
        if (json.currentToken() != JsonToken.VALUE_NULL) {
            to.accept(name, PlainJson.text(json));
        }
    }
}
