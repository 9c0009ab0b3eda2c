package dev.tailrace.ingest.loki;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tailrace.ingest.body.Document;
import dev.tailrace.ingest.records.JsonWalk;
import dev.tailrace.ingest.records.Records;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads Loki's push request in JSON: streams with labels and values. A value has a time in nanoseconds, a line, and
 * perhaps metadata.
 */
public final class LokiJson implements JsonWalk.Visitor {

    private static final int STREAM = 1;

    static final List<JsonWalk.Level> LEVELS =
            List.of(new JsonWalk.Level("", "streams"), new JsonWalk.Level("stream", "values"));

    private static final String SHAPE = "a value must be [\"<nanoseconds>\", \"<line>\"], with optional metadata";

    private final LokiRecord record;

    private LokiJson(LokiRecord record) {
        this.record = record;
    }

    public static Records of(Document body, LokiRecord record) throws IOException {
        return new JsonWalk(body, record.most(), LEVELS, new LokiJson(record));
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
        Map<String, String> labels = new LinkedHashMap<>();
        if (json.currentToken() != JsonToken.START_OBJECT) {
            record.wrongLabels("stream must be an object of labels");
            return;
        }
        record.labels(labels);
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            if (json.nextToken() == JsonToken.VALUE_STRING) {
                labels.put(name, json.getText());
            } else {
                record.wrongLabels("the value of a label must be a string");
                json.skipChildren();
            }
        }
    }

    @Override
    public void headerTooLong(int level) {
        record.wrongLabels("the labels of a stream have at most " + Records.MAX_SHARED_BYTES + " bytes");
    }

    @Override
    public void itemTooLong() {
        record.rejectTooLong();
    }

    @Override
    public void item(JsonParser json) throws IOException {
        record.clear();
        if (json.currentToken() != JsonToken.START_ARRAY) {
            json.skipChildren();
            record.reject(SHAPE);
            return;
        }
        String line = "";
        long nanos = 0;
        int index = 0;
        boolean right = true;
        for (JsonToken token = json.nextToken(); token != JsonToken.END_ARRAY; token = json.nextToken(), index++) {
            if (index == 0 && token == JsonToken.VALUE_STRING) {
                try {
                    nanos = Long.parseLong(json.getText());
                } catch (NumberFormatException invalid) {
                    right = false;
                }
            } else if (index == 1 && token == JsonToken.VALUE_STRING) {
                line = json.getText();
            } else if (index == 2 && token == JsonToken.START_OBJECT) {
                right &= metadata(json);
            } else {
                right = false;
                json.skipChildren();
            }
        }
        if (right && index >= 2) {
            record.finish(line, nanos);
        } else {
            record.reject(SHAPE);
        }
    }

    private boolean metadata(JsonParser json) throws IOException {
        boolean right = true;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            if (json.nextToken() == JsonToken.VALUE_STRING) {
                record.metadata(name, json.getText());
            } else {
                right = false;
                json.skipChildren();
            }
        }
        return right;
    }
}
