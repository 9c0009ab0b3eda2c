package dev.tailrace.ingest.records;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.UnknownFieldSet;
import dev.tailrace.config.Setting;
import dev.tailrace.ingest.body.GzipDecoderTest;
import dev.tailrace.ingest.body.ZstdDecoderTest;
import dev.tailrace.ingest.fields.Attributes;
import dev.tailrace.model.Line;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RunningBroker;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.common.v1.KeyValueList;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.xerial.snappy.Snappy;

/** Records of OTLP and Loki over HTTP, and the responses to them. */
public class RecordsPostTest {

    private static final String OTLP = "/v1/logs";
    private static final String LOKI = "/loki/api/v1/push";
    private static final String JSON = "application/json";
    private static final String PROTOBUF = "application/x-protobuf";

    private static RunningBroker broker;

    private final String device = RunningBroker.newDevice();

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(
                Setting.INGEST_DOCUMENT_BYTES,
                "1MiB",
                Setting.INGEST_LINE_BYTES,
                "256KiB",
                Setting.RING_CAPACITY,
                "20000"));
    }

    @AfterAll
    static void stop() {
        await().untilAsserted(() ->
                assertThat(broker.metric("tailrace_pending_bytes")).isZero());
        assertThat(broker.unaccountedLines()).isZero();
        broker.close();
    }

    // ---- OTLP

    @Test
    void otlpJson_becomesLines() {
        HttpResponse<byte[]> answer = post(OTLP, JSON, "identity", """
                {"resourceLogs":[{"resource":{"attributes":[
                    {"key":"host.name","value":{"stringValue":"%s"}},
                    {"key":"service.name","value":{"stringValue":"main"}},
                    {"key":"os","value":{"stringValue":"linux"}}]},
                  "scopeLogs":[{"scope":{"name":"s","version":"1"},"logRecords":[
                    {"timeUnixNano":"1763820000100000000","severityNumber":17,"severityText":"Severe",
                     "traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174","unknown":{"a":[1]},
                     "body":{"stringValue":"text"},
                     "attributes":[{"key":"n","value":{"intValue":"7"}},{"key":"os","value":{"stringValue":"mine"}},
                                   {"key":"log.iostream","value":{"stringValue":"stderr"}}]},
                    {"observedTimeUnixNano":1763820000200000000,"severityNumber":9,
                     "body":{"kvlistValue":{"values":[{"key":"a","value":{"arrayValue":{"values":[
                        {"intValue":1},{"boolValue":true},{"doubleValue":0.5},{}]}}}]}}}]}]}]}
                """.formatted(device));

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(text(answer)).isEqualTo("{}");
        assertThat(answer.headers().firstValue("Content-Type")).contains(JSON);
        List<JsonObject> entries = broker.history(device);
        assertThat(entries).hasSize(2);
        JsonObject first = entries.get(0);
        assertThat(first.getString("message")).isEqualTo("text");
        assertThat(first.getLong("timestamp")).isEqualTo(1_763_820_000_100L);
        assertThat(first.getString("service")).isEqualTo("main");
        assertThat(first.getString("level")).isEqualTo("error");
        assertThat(first.getString("levelText")).isEqualTo("Severe");
        assertThat(first.getString("stream")).isEqualTo("stderr");
        assertThat(first.getJsonObject("attributes"))
                .isEqualTo(new JsonObject()
                        .put("n", 7)
                        .put("os", "mine")
                        .put("trace_id", "5b8efff798038103d269b633813fc60c")
                        .put("span_id", "eee19b7ec3c1b174")
                        .put("otel.scope.name", "s")
                        .put("otel.scope.version", "1"));
        JsonObject second = entries.get(1);
        assertThat(second.getString("message")).isEqualTo("{\"a\":[1,true,0.5,null]}");
        assertThat(second.getLong("timestamp")).isEqualTo(1_763_820_000_200L);
        assertThat(second.getString("level")).isEqualTo("info");
    }

    @Test
    void otlpJson_withItemsBeforeTheirHeader_isTheSame() {
        HttpResponse<byte[]> answer = post(OTLP, JSON, "identity", """
                {"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"a"}}],"scope":{"name":"x"}},
                    {"logRecords":[{"body":{"stringValue":"b"}}],"scope":{"name":"y"}}],
                  "resource":{"attributes":[{"key":"device.id","value":{"stringValue":"%s"}}]}},{}]}
                """.formatted(device));

        assertThat(text(answer)).isEqualTo("{}");
        assertThat(broker.messages(device)).containsExactly("a", "b");
        assertThat(broker.history(device).get(1).getJsonObject("attributes").getString("otel.scope.name"))
                .isEqualTo("y");
    }

    @Test
    void otlpRecordWithoutDevice_isRejectedAlone() throws Exception {
        var request = ExportLogsServiceRequest.newBuilder();
        var scope = request.addResourceLogsBuilder().addScopeLogsBuilder();
        scope.addLogRecords(record("a")).addLogRecords(LogRecord.newBuilder()).addLogRecords(record("b"));
        byte[] good = request.build().toByteArray();

        HttpResponse<byte[]> answer = post(OTLP, PROTOBUF, "identity", good);

        assertThat(answer.statusCode()).isEqualTo(200);
        var partial = ExportLogsServiceResponse.parseFrom(answer.body()).getPartialSuccess();
        assertThat(partial.getRejectedLogRecords()).isEqualTo(1);
        assertThat(partial.getErrorMessage()).contains("number 2").contains("device.id");
        assertThat(broker.messages(device)).containsExactly("a", "b");

        // One record is invalid protobuf within its length; the others are taken.
        byte[] spoilt = good.clone();
        spoilt[indexOf(spoilt, "device.id".getBytes(StandardCharsets.UTF_8)) - 1] = 127;
        answer = post(OTLP, PROTOBUF, "zstd", ZstdDecoderTest.zstd(spoilt));
        assertThat(ExportLogsServiceResponse.parseFrom(answer.body())
                        .getPartialSuccess()
                        .getRejectedLogRecords())
                .isEqualTo(2);
        assertThat(broker.messages(device)).containsExactly("a", "b", "b");
    }

    /** Generated classes refuse a message for one byte of text that is not UTF-8. */
    @Test
    void otlpProtobuf_withInvalidUtf8_isStored_withReplacements() throws Exception {
        var request = ExportLogsServiceRequest.newBuilder();
        var logs = request.addResourceLogsBuilder();
        logs.getResourceBuilder().addAttributes(attribute("device.id", device)).addAttributes(attribute("r", "r?"));
        var scope = logs.addScopeLogsBuilder();
        scope.getScopeBuilder().setName("s?").addAttributes(attribute("a", "a?"));
        scope.addLogRecordsBuilder()
                .setBody(AnyValue.newBuilder().setStringValue("b?"))
                .setSeverityText("w?")
                .setEventName("e?")
                .addAttributes(attribute("k?", "v?"));
        byte[] body = request.build().toByteArray();
        for (int i = 0; i < body.length; i++) {
            body[i] = body[i] == '?' ? (byte) 0xE9 : body[i];
        }

        assertThat(post(OTLP, PROTOBUF, "identity", body).statusCode()).isEqualTo(200);
        JsonObject entry = broker.history(device).get(0);
        assertThat(entry.getString("message")).isEqualTo("b\uFFFD");
        assertThat(entry.getJsonObject("attributes"))
                .isEqualTo(new JsonObject()
                        .put("k\uFFFD", "v\uFFFD")
                        .put("event.name", "e\uFFFD")
                        .put("otel.scope.name", "s\uFFFD")
                        .put("a", "a\uFFFD")
                        .put("r", "r\uFFFD"));
    }

    @Test
    void otlpProtobuf_valuesOfEachKind_areKept() throws Exception {
        var values = new JsonObject()
                .put("s", "x")
                .put("t", true)
                .put("i", -7)
                .put("d", 0.5)
                .put("n", "NaN")
                .put("b", "/+8=")
                .put("l", new JsonArray().add("x").addNull().add(new JsonArray()))
                .put("m", new JsonObject().put("a", 1L << 40));
        var any = AnyValue.newBuilder();
        var record = LogRecord.newBuilder()
                .setTimeUnixNano(1_763_820_000_100_000_000L)
                .setSeverityNumberValue(14)
                .setSeverityText("WARN2")
                .setFlags(1)
                .setDroppedAttributesCount(3)
                .setTraceId(ByteString.copyFrom(new byte[] {1, (byte) 0xAB}))
                .setBody(AnyValue.newBuilder().setBytesValue(ByteString.copyFromUtf8("h\u00e9")))
                .addAttributes(attribute("device.id", device))
                .addAttributes(pair("s", any.setStringValue("x")))
                .addAttributes(pair("t", any.setBoolValue(true)))
                .addAttributes(pair("i", any.setIntValue(-7)))
                .addAttributes(pair("d", any.setDoubleValue(0.5)))
                .addAttributes(pair("n", any.setDoubleValue(Double.NaN)))
                .addAttributes(pair("b", any.setBytesValue(ByteString.copyFrom(new byte[] {-1, -17}))))
                .addAttributes(pair(
                        "l",
                        any.setArrayValue(ArrayValue.newBuilder()
                                .addValues(AnyValue.newBuilder().setStringValue("x"))
                                .addValues(AnyValue.newBuilder())
                                .addValues(AnyValue.newBuilder().setArrayValue(ArrayValue.newBuilder())))))
                .addAttributes(pair(
                        "m",
                        any.setKvlistValue(KeyValueList.newBuilder()
                                .addValues(pair("a", AnyValue.newBuilder().setIntValue(1L << 40))))))
                .addAttributes(pair("unset", AnyValue.newBuilder()))
                .setUnknownFields(UnknownFieldSet.newBuilder()
                        .addField(
                                99,
                                UnknownFieldSet.Field.newBuilder()
                                        .addLengthDelimited(ByteString.copyFromUtf8("new"))
                                        .addVarint(7)
                                        .addFixed32(7)
                                        .addFixed64(7)
                                        .build())
                        .build());
        var request = ExportLogsServiceRequest.newBuilder();
        request.addResourceLogsBuilder().addScopeLogsBuilder().addLogRecords(record);

        assertThat(post(OTLP, PROTOBUF, "identity", request.build().toByteArray())
                        .statusCode())
                .isEqualTo(200);
        JsonObject entry = broker.history(device).get(0);
        assertThat(entry.getString("message")).isEqualTo("h\u00e9");
        assertThat(entry.getLong("timestamp")).isEqualTo(1_763_820_000_100L);
        assertThat(entry.getString("level")).isEqualTo("warn");
        assertThat(entry.getString("levelText")).isEqualTo("WARN2");
        assertThat(entry.getJsonObject("attributes")).isEqualTo(values.put("trace_id", "01ab"));
    }

    @Test
    void otlpProtobuf_thatIsMalformedInside_costsOnlyWhatCannotBeRead() throws Exception {
        AnyValue deep = AnyValue.newBuilder().setStringValue("deep").build();
        for (int i = 0; i < 300; i++) {
            deep = AnyValue.newBuilder()
                    .setArrayValue(ArrayValue.newBuilder().addValues(deep))
                    .build();
        }
        var request = ExportLogsServiceRequest.newBuilder();
        var logs = request.addResourceLogsBuilder();
        logs.getResourceBuilder().addAttributes(attribute("device.id", device)).addAttributes(attribute("r", "x~"));
        logs.addScopeLogsBuilder()
                .addLogRecords(LogRecord.newBuilder()
                        .setTimeUnixNano(-1)
                        .setBody(AnyValue.newBuilder().setStringValue("text"))
                        .addAttributes(attribute("a", "x~"))
                        .addAttributes(attribute("b", "fine"))
                        .addAttributes(pair("deep", deep.toBuilder())));
        byte[] body = request.build().toByteArray();
        for (int i = 1; i < body.length; i++) {
            if (body[i] == '~') {
                body[i - 2] = 120; // the length of the text, which ends beyond its message then
            }
        }

        assertThat(post(OTLP, PROTOBUF, "identity", body).statusCode()).isEqualTo(200);
        JsonObject entry = broker.history(device).get(0);
        assertThat(entry.getString("message")).isEqualTo("text");
        assertThat(entry.getLong("timestamp")).isEqualTo(entry.getLong("receivedAt"));
        assertThat(entry.getJsonObject("attributes").getString("b")).isEqualTo("fine");
        assertThat(entry.getJsonObject("attributes").getString("timeUnixNano")).isEqualTo("-1");
        assertThat(entry.getJsonObject("attributes").getJsonArray("deep").encode())
                .contains(PlainJson.DEEP);
        assertThat(entry.getJsonObject("attributes").fieldNames()).containsExactly("b", "deep", "timeUnixNano");
    }

    @Test
    void lokiProtobuf_thatIsMalformedInside_costsOnlyWhatCannotBeRead() {
        byte[] labels = ("{device=\"" + device + "\"}").getBytes(StandardCharsets.UTF_8);
        byte[] time = {10, 3, 8, (byte) 0xFF, (byte) 0xFF}; // a number that does not end
        byte[] farTime = {10, 12, 8, -1, -1, -1, -1, -1, -1, -1, -1, 0x7F, 16, 0};
        byte[] metadata = {26, 4, 10, 1, 'm', 18}; // a text that does not begin
        byte[] text = {18, 3, 'h', (byte) 0xE9, 'y'};
        byte[] entries = RawSocket.join(
                message(2, RawSocket.join(time, text)),
                message(2, RawSocket.join(farTime, text)),
                message(2, RawSocket.join(text, metadata)));
        byte[] body = message(1, RawSocket.join(message(1, labels), entries));

        HttpResponse<byte[]> answer = post(LOKI, PROTOBUF, "identity", snappy(body));

        assertThat(answer.statusCode()).as(text(answer)).isEqualTo(204);
        assertThat(broker.messages(device)).containsExactly("h\uFFFDy", "h\uFFFDy", "h\uFFFDy");
        assertThat(broker.history(device).get(1).getJsonObject("attributes").getString("timestamp"))
                .startsWith(String.valueOf(Long.MAX_VALUE));
    }

    private static byte[] message(int field, byte[] content) {
        return RawSocket.join(new byte[] {(byte) (field << 3 | 2), (byte) content.length}, content);
    }

    private static KeyValue attribute(String key, String value) {
        return pair(key, AnyValue.newBuilder().setStringValue(value));
    }

    private static KeyValue pair(String key, AnyValue.Builder value) {
        return KeyValue.newBuilder().setKey(key).setValue(value).build();
    }

    @Test
    void deeplyNestedJson_costsOnlyItself() {
        String deep = "[".repeat(200) + "]".repeat(200);
        String any = "{\"arrayValue\":{\"values\":[".repeat(150) + "]}}".repeat(150);
        HttpResponse<byte[]> answer = post(OTLP, JSON, "identity", """
                {"resourceLogs":[{"resource":{"attributes":[{"key":"device.id","value":{"stringValue":"%s"}}]},
                  "scopeLogs":[{"logRecords":[{"body":{"stringValue":"a"},"attributes":[
                    {"key":"f","value":%s},{"key":"g","value":%s}]},{"body":%s}]}]}]}""".formatted(device, deep, any, deep));
        assertThat(text(answer)).isEqualTo("{}");
        JsonObject first = broker.history(device).get(0);
        assertThat(first.getJsonObject("attributes").getJsonArray("f").encode()).contains(PlainJson.DEEP);
        assertThat(first.getJsonObject("attributes").getJsonArray("g").encode()).contains(PlainJson.DEEP);
        assertThat(broker.messages(device).get(1)).contains(PlainJson.DEEP);
        assertThat(post(LOKI, JSON, "identity", """
                {"streams":[{"stream":{"device":"%s"},"values":[["1","b",{"m":%s}]]}]}""".formatted(device, deep)).statusCode())
                .isEqualTo(204);
    }

    private static int indexOf(byte[] in, byte[] what) {
        int at = 0;
        while (!Arrays.equals(in, at, at + what.length, what, 0, what.length)) {
            at++;
        }
        return at;
    }

    private LogRecord record(String message) {
        return LogRecord.newBuilder()
                .setBody(AnyValue.newBuilder().setStringValue(message))
                .addAttributes(KeyValue.newBuilder()
                        .setKey("device.id")
                        .setValue(AnyValue.newBuilder().setStringValue(device)))
                .build();
    }

    @Test
    void otlpDeviceThatIsNoId_isSanitized() {
        post(OTLP, JSON, "identity", """
                {"resourceLogs":[{"resource":{"attributes":[{"key":"device.id","value":{"stringValue":"%s/\u00e9"}}]},
                  "scopeLogs":[{"logRecords":[{"body":{"stringValue":"a"}}]}]}]}""".formatted(device));

        JsonObject entry = broker.history(device + "__").get(0);
        assertThat(entry.getJsonObject("attributes").getString("device.id")).isEqualTo(device + "/\u00e9");
    }

    @Test
    void attributesThatDoNotFit_areLeftOut() {
        post(OTLP, JSON, "identity", """
                {"resourceLogs":[{"resource":{"attributes":[{"key":"device.id","value":{"stringValue":"%s"}},
                    {"key":"large","value":{"stringValue":"%s"}},{"key":"small","value":{"stringValue":"x"}}]},
                  "scopeLogs":[{"logRecords":[{"body":{"stringValue":"a"}}]}]}]}""".formatted(device, "\u00e9".repeat(Line.MAX_ATTRIBUTES_BYTES / 2)));

        assertThat(broker.history(device).get(0).getJsonObject("attributes"))
                .isEqualTo(new JsonObject().put("small", "x").put(Attributes.LEFT_OUT, 1));
    }

    @Test
    void unreadableOtlp_isRefusedWithAStatus() throws Exception {
        HttpResponse<byte[]> json = post(OTLP, JSON, "identity", "{\"resourceLogs\":[{]}");
        assertThat(json.statusCode()).isEqualTo(400);
        assertThat(new JsonObject(text(json)).getInteger("code")).isEqualTo(3);
        assertThat(new JsonObject(text(json)).getString("message")).contains("not valid JSON");

        HttpResponse<byte[]> protobuf = post(OTLP, PROTOBUF, "identity", new byte[] {10, 100, 1});
        assertThat(protobuf.statusCode()).isEqualTo(400);
        CodedInputStream status = CodedInputStream.newInstance(protobuf.body());
        assertThat(status.readTag()).isEqualTo(8);
        assertThat(status.readInt32()).isEqualTo(3);
        assertThat(status.readTag()).isEqualTo(18);
        assertThat(status.readString()).contains("malformed body");

        assertThat(post(OTLP, JSON, "gzip", "{}").statusCode()).isEqualTo(400);
        assertThat(post(OTLP, "text/plain", "identity", "{}").statusCode()).isEqualTo(415);
        assertThat(post(OTLP, JSON, "br", "{}").statusCode()).isEqualTo(415);
    }

    @Test
    void bodyOverTheLimitOnceExpanded_isRefused() {
        byte[] bomb = GzipDecoderTest.gzip(new byte[8 << 20]);
        assertThat(bomb.length).isLessThan(64 * 1024);
        HttpResponse<byte[]> refused = post(OTLP, JSON, "gzip", bomb);
        assertThat(refused.statusCode()).isEqualTo(413);
        assertThat(text(refused)).contains("a document may have at most 1048576 bytes after decompression");
        assertThat(broker.metric("tailrace_refused_total{limit=\"ingest-document-bytes\""))
                .isPositive();
        assertThat(post(LOKI, PROTOBUF, "identity", snappy(new byte[2 << 20])).statusCode())
                .isEqualTo(413);
        assertThat(post(LOKI, PROTOBUF, "identity", new byte[] {(byte) 0x80, (byte) 0x80, 0x20, 0, 0})
                        .statusCode())
                .isEqualTo(400); // claims 512 KiB that five bytes cannot hold
    }

    /** Two bytes of protobuf become an object of forty bytes, so the number of fields is limited. */
    @Test
    void whatTakesManyTimesItsSizeAsObjects_isRejected() throws Exception {
        byte[] emptyAttributes = new byte[200_000];
        for (int i = 0; i < emptyAttributes.length; i += 2) {
            emptyAttributes[i] = 6 << 3 | 2; // empty attributes of a LogRecord
        }
        var request = ExportLogsServiceRequest.newBuilder();
        var records = request.addResourceLogsBuilder().addScopeLogsBuilder();
        records.addLogRecords(record("a"))
                .addLogRecords(LogRecord.parseFrom(emptyAttributes))
                .addLogRecords(record("b"));
        var wide = request.addResourceLogsBuilder();
        for (int i = 0; i < 10_000; i++) {
            wide.getResourceBuilder().addAttributesBuilder().setKey("key " + i);
        }
        wide.addScopeLogsBuilder().addLogRecords(record("of a large resource"));
        request.addResourceLogsBuilder().addScopeLogsBuilder().addLogRecords(record("c"));

        HttpResponse<byte[]> answer =
                post(OTLP, PROTOBUF, "identity", request.build().toByteArray());

        assertThat(answer.statusCode()).isEqualTo(200);
        var partial = ExportLogsServiceResponse.parseFrom(answer.body()).getPartialSuccess();
        assertThat(partial.getRejectedLogRecords()).isEqualTo(1);
        assertThat(partial.getErrorMessage()).contains("number 2: more than 16384 fields");
        List<JsonObject> entries = broker.history(device);
        assertThat(entries.stream().map(entry -> entry.getString("message")))
                .containsExactly("a", "b", "of a large resource", "c");
        assertThat(entries.get(2).getJsonObject("attributes"))
                .isEqualTo(new JsonObject().put("otel.resource", "left out: longer than 65536 bytes"));
    }

    @Test
    void recordOrSharedPart_thatIsTooLong_isRejectedAlone_inJsonToo() {
        String attribute = "{\"key\":\"device.id\",\"value\":{\"stringValue\":\"" + device + "\"}}";
        String long2 = "x".repeat(70_000);
        HttpResponse<byte[]> answer =
                post(OTLP, JSON, "identity", """
                {"resourceLogs":[{"resource":{"attributes":[%s,{"key":"k","value":{"stringValue":"%s"}}]},
                    "scopeLogs":[{"logRecords":[{"body":{"stringValue":"of a large resource"}}]}]},
                  {"resource":{"attributes":[%s]},"scopeLogs":[
                    {"scope":{"name":"%s"},"logRecords":[{"body":{"stringValue":"of a large scope"}}]},
                    {"logRecords":[{"body":{"stringValue":"a\\\"]}"}},{"body":{"stringValue":"%s"}},
                                   {"body":{"stringValue":"b"}}]}]}]}""".formatted(attribute, long2, attribute, long2, "y".repeat(300_000)));

        assertThat(text(answer))
                .contains("\"rejectedLogRecords\":\"2\"")
                .contains("number 1: its resource is longer") // which has the device
                .contains("number 4: longer than 262144 bytes");
        assertThat(broker.messages(device)).containsExactly("of a large scope", "a\"]}", "b");
        assertThat(broker.history(device).get(0).getJsonObject("attributes"))
                .isEqualTo(new JsonObject().put("otel.scope", "left out: longer than 65536 bytes"));
    }

    @Test
    void manyArraysBeforeTheirHeader_areNotRemembered() {
        HttpResponse<byte[]> answer = post(
                OTLP,
                JSON,
                "identity",
                "{\"resourceLogs\":[{" + "\"scopeLogs\":[],".repeat(100) + "\"resource\":{}}]}");
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(text(answer)).contains("scopeLogs comes more than 64 times before resource");
    }

    @Test
    void jsonThatBeginsWithAByteOrderMark_isRead() {
        String body = "\uFEFF{\"streams\":[{\"values\":[[\"1\",\"a\"]],\"stream\":{\"host\":\"" + device + "\"}}]}";
        assertThat(post(LOKI, JSON, "identity", body).statusCode()).isEqualTo(204);
        assertThat(broker.messages(device)).containsExactly("a");
    }

    // ---- Loki

    @Test
    void lokiJson_becomesLines() {
        HttpResponse<byte[]> answer = post(
                LOKI, JSON, "gzip", GzipDecoderTest.gzip("""
                {"streams":[{"stream":{"host":"%s","job":"j","app":"a","stream":"stderr","env":"test"},
                    "values":[["1763820000100000000","one"],
                              ["1763820000200000000","two",{"level":"WARN","trace_id":"7"}]]}]}
                """.formatted(device).getBytes(StandardCharsets.UTF_8)));

        assertThat(answer.statusCode()).isEqualTo(204);
        assertThat(answer.body()).isEmpty();
        List<JsonObject> entries = broker.history(device);
        assertThat(entries).hasSize(2);
        JsonObject second = entries.get(1);
        assertThat(second.getString("message")).isEqualTo("two");
        assertThat(second.getLong("timestamp")).isEqualTo(1_763_820_000_200L);
        assertThat(second.getString("service")).isEqualTo("a");
        assertThat(second.getString("level")).isEqualTo("warn");
        assertThat(second.getString("stream")).isEqualTo("stderr");
        assertThat(second.getJsonObject("attributes"))
                .isEqualTo(new JsonObject().put("trace_id", "7").put("job", "j").put("env", "test"));
    }

    /** Some clients send all again after any status but 204, and the response has no room for a count. */
    @Test
    void lokiRejections_besideStoredEntries_areCounted_andTheRestIs204() {
        double rejected = broker.metric("tailrace_lines_rejected_total{reason=\"invalid\"");
        double partial = broker.metric("tailrace_documents_partial_total");
        HttpResponse<byte[]> answer = post(LOKI, JSON, "identity", """
                {"streams":[{"values":[["1","a"],["x","b"],["1"],7,["1763820000100000000","c"]],
                    "stream":{"host":"%s"}},
                  {"stream":{"app":"x"},"values":[["1","homeless"]]}]}""".formatted(device));

        assertThat(answer.statusCode()).isEqualTo(204);
        assertThat(answer.body()).isEmpty();
        assertThat(broker.messages(device)).containsExactly("a", "b", "c");
        assertThat(broker.metric("tailrace_lines_rejected_total{reason=\"invalid\""))
                .isEqualTo(rejected + 3);
        assertThat(broker.metric("tailrace_documents_partial_total")).isEqualTo(partial + 1);
    }

    @Test
    void documentsOfWhichNothingIsStored_areRefusedWithTheReasons() throws Exception {
        HttpResponse<byte[]> loki = post(LOKI, JSON, "identity", """
                {"streams":[{"stream":{"app":"x"},"values":[["1","homeless"],["1"]]}]}""");
        assertThat(loki.statusCode()).isEqualTo(400);
        assertThat(loki.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain"));
        assertThat(text(loki))
                .startsWith("2 of 2 rejected, nothing is stored")
                .contains("number 1: the device is missing; expected in device or host")
                .contains("/api/v1/devices/{device}/loki/api/v1/push");

        var request = ExportLogsServiceRequest.newBuilder();
        request.addResourceLogsBuilder().addScopeLogsBuilder().addLogRecordsBuilder();
        HttpResponse<byte[]> otlp =
                post(OTLP, PROTOBUF, "identity", request.build().toByteArray());
        assertThat(otlp.statusCode()).isEqualTo(400);
        assertThat(otlp.headers().firstValue("Content-Type")).contains(PROTOBUF);
        CodedInputStream status = CodedInputStream.newInstance(otlp.body());
        assertThat(status.readTag()).isEqualTo(8);
        assertThat(status.readInt32()).isEqualTo(3);
        assertThat(status.readTag()).isEqualTo(18);
        assertThat(status.readString())
                .startsWith("1 of 1 rejected, nothing is stored")
                .contains("device.id or host.name or service.instance.id or k8s.node.name or host.id")
                .contains("/api/v1/devices/{device}/v1/logs");
        assertThat(post(OTLP, PROTOBUF, "identity", new byte[0]).statusCode()).isEqualTo(200);
    }

    @Test
    void invalidUtf8_isReplaced() {
        byte[] body = ("{\"streams\":[{\"stream\":{\"host\":\"" + device + "\"},\"values\":[[\"1\",\"a?b\"]]}]}")
                .getBytes(StandardCharsets.UTF_8);
        body[indexOf(body, new byte[] {'?'})] = (byte) 0xFF;

        assertThat(post(LOKI, JSON, "identity", body).statusCode()).isEqualTo(204);
        assertThat(broker.messages(device)).containsExactly("a\uFFFDb");
    }

    @Test
    void manyRecords_areStoredInOrder() {
        StringBuilder body = new StringBuilder("{\"streams\":[{\"stream\":{\"host\":\"" + device + "\"},\"values\":[");
        for (int i = 0; i < 20_000; i++) {
            body.append(i == 0 ? "" : ",")
                    .append("[\"1763820000100000000\",\"")
                    .append(i)
                    .append("\"]");
        }
        body.append("]}]}");

        assertThat(post(LOKI, JSON, "identity", body.toString()).statusCode()).isEqualTo(204);
        List<String> messages = broker.messages(device);
        assertThat(messages).hasSize(20_000);
        assertThat(messages.get(19_999)).isEqualTo("19999");
        assertThat(messages.get(12_345)).isEqualTo("12345");
    }

    public static byte[] snappy(byte[] bytes) {
        try {
            return Snappy.compress(bytes);
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static String text(HttpResponse<byte[]> answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }

    private static HttpResponse<byte[]> post(String path, String type, String encoding, String body) {
        return post(path, type, encoding, body.getBytes(StandardCharsets.UTF_8));
    }

    private static HttpResponse<byte[]> post(String path, String type, String encoding, byte[] body) {
        HttpRequest request = HttpRequest.newBuilder(broker.uri(path))
                .header("Content-Type", type)
                .header("Content-Encoding", encoding)
                .timeout(java.time.Duration.ofSeconds(20))
                .POST(BodyPublishers.ofByteArray(body))
                .build();
        return RunningBroker.await(
                io.vertx.core.Future.fromCompletionStage(broker.http.sendAsync(request, BodyHandlers.ofByteArray())));
    }
}
