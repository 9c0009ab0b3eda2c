package dev.tailrace.ingest.records;

import dev.tailrace.ingest.FairRoom;
import dev.tailrace.ingest.PendingBudget;
import dev.tailrace.ingest.Rejection;
import dev.tailrace.ingest.body.Document;
import dev.tailrace.ingest.lines.LineSplitter;
import dev.tailrace.ingest.lines.Splitter;
import dev.tailrace.ingest.loki.LokiJson;
import dev.tailrace.ingest.loki.LokiRecord;
import dev.tailrace.ingest.otlp.OtlpJson;
import dev.tailrace.ingest.otlp.OtlpProto;
import dev.tailrace.ingest.otlp.OtlpRecord;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.model.Entry;
import dev.tailrace.model.FastLine;
import dev.tailrace.model.Line;
import dev.tailrace.testing.SampleLines;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Decodes bodies of OTLP and Loki into entries, and a WebSocket's frame for comparison. */
@State(Scope.Thread)
public class RecordsBenchmark {

    private static final int LINE_BYTES = 1 << 20;
    private static final String DEVICE = "device-17";

    @Param({"10", "100"})
    int lines;

    private final FastLine fast = new FastLine();
    private byte[] frame;
    private byte[] otlp;
    private byte[] otlpJson;
    private byte[] loki;

    @Setup
    public void makeBodies() {
        frame = SampleLines.ndjson(lines);
        Entries entries = SampleLines.entries(lines);
        var request = ExportLogsServiceRequest.newBuilder();
        var group = request.addResourceLogsBuilder();
        group.getResourceBuilder()
                .addAttributes(attribute("device.id", DEVICE))
                .addAttributes(attribute("service.name", "main"));
        var scope = group.addScopeLogsBuilder();
        JsonArray values = new JsonArray();
        JsonArray records = new JsonArray();
        for (int i = 0; i < lines; i++) {
            Line line = Entry.read(entries.bytes(), entries.start(i), entries.end(i))
                    .line();
            long nanos = line.timestamp() * 1_000_000;
            scope.addLogRecords(LogRecord.newBuilder()
                    .setTimeUnixNano(nanos)
                    .setSeverityNumberValue(9)
                    .setBody(AnyValue.newBuilder().setStringValue(line.message())));
            records.add(new JsonObject()
                    .put("timeUnixNano", Long.toString(nanos))
                    .put("severityNumber", 9)
                    .put("body", any(line.message())));
            values.add(new JsonArray().add(Long.toString(nanos)).add(line.message()));
        }
        otlp = request.build().toByteArray();
        JsonArray attributes = new JsonArray()
                .add(new JsonObject().put("key", "device.id").put("value", any(DEVICE)))
                .add(new JsonObject().put("key", "service.name").put("value", any("main")));
        JsonObject resourceLogs = new JsonObject()
                .put("resource", new JsonObject().put("attributes", attributes))
                .put("scopeLogs", new JsonArray().add(new JsonObject().put("logRecords", records)));
        otlpJson = new JsonObject()
                .put("resourceLogs", new JsonArray().add(resourceLogs))
                .toBuffer()
                .getBytes();
        JsonObject stream = new JsonObject().put("device", DEVICE).put("app", "main");
        loki = new JsonObject()
                .put(
                        "streams",
                        new JsonArray()
                                .add(new JsonObject().put("stream", stream).put("values", values)))
                .toBuffer()
                .getBytes();
    }

    private static KeyValue attribute(String key, String value) {
        return KeyValue.newBuilder()
                .setKey(key)
                .setValue(AnyValue.newBuilder().setStringValue(value))
                .build();
    }

    private static JsonObject any(String text) {
        return new JsonObject().put("stringValue", text);
    }

    @Benchmark
    public Entries ndjson() {
        var out = new Entries.Builder(frame.length * 2);
        new LineSplitter(LINE_BYTES, new PendingBudget(Long.MAX_VALUE), new Splitter.Lines() {
                    @Override
                    public void line(byte[] bytes, int from, int to) {
                        if (!fast.read(bytes, from, to)) {
                            throw new AssertionError("not read by FastLine");
                        }
                        fast.writeTo(out, System.currentTimeMillis());
                    }

                    @Override
                    public void tooLong() {
                        throw new AssertionError("too long");
                    }

                    @Override
                    public void broken(String reason) {
                        throw new AssertionError(reason);
                    }
                })
                .feed(frame, 0, frame.length);
        return out.build();
    }

    @Benchmark
    public Entries otlpProtobuf() throws IOException {
        var out = new Written(otlp.length * 2);
        return out.all(new OtlpProto(
                Document.of(otlp), new OtlpRecord(out.line(FieldMapping.of("device.id", "service.name", "")))));
    }

    @Benchmark
    public Entries otlpJson() throws IOException {
        var out = new Written(otlpJson.length * 2);
        return out.all(OtlpJson.of(
                valid(otlpJson), new OtlpRecord(out.line(FieldMapping.of("device.id", "service.name", "")))));
    }

    @Benchmark
    public Entries lokiJson() throws IOException {
        var out = new Written(loki.length * 2);
        return out.all(
                LokiJson.of(valid(loki), new LokiRecord(out.line(FieldMapping.of("device,host", "app", "level")))));
    }

    private static Document valid(byte[] body) {
        var document = new Document(new FairRoom(Long.MAX_VALUE));
        var text = new ValidUtf8(document);
        text.add(body, body.length);
        text.end();
        return document;
    }

    private static final class Written implements Records.Handler {
        private final Entries.Builder out;

        Written(int bytes) {
            out = new Entries.Builder(bytes);
        }

        RecordMapper line(FieldMapping names) {
            return new RecordMapper(names, DeviceSource.NONE, "stream", LINE_BYTES, this);
        }

        Entries all(Records records) throws IOException {
            while (records.step()) {}
            return out.build();
        }

        @Override
        public void line(DeviceId device, Line line) {
            line.writeTo(out, System.currentTimeMillis());
        }

        @Override
        public boolean keep(int level, int bytes) {
            return true;
        }

        @Override
        public void rejected(Rejection kind, String reason) {
            throw new AssertionError(reason);
        }
    }
}
