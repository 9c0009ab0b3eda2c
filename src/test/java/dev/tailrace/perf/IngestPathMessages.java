package dev.tailrace.perf;

import com.google.protobuf.CodedOutputStream;
import dev.tailrace.model.Entries;
import dev.tailrace.model.Entry;
import dev.tailrace.model.Line;
import dev.tailrace.perf.IngestPath.Message;
import dev.tailrace.testing.SampleLines;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.compression.Snappy;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;

/** The same lines in the forms that ways in read. */
final class IngestPathMessages {

    /** Stands where each line's number goes, which differs from batch to batch; read as hexadecimal it grows too. */
    static final String NUMBER = "1999999999999999";

    private static final int MILLION = 1_000_000;

    /** The fields that journald adds to each entry of a service. */
    private static final String JOURNAL_FIELDS = """
            __MONOTONIC_TIMESTAMP=21415215982
            _BOOT_ID=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
            _TRANSPORT=stdout
            PRIORITY=6
            SYSLOG_FACILITY=3
            SYSLOG_IDENTIFIER=worker
            _PID=1234
            _UID=0
            _GID=0
            _COMM=worker
            _EXE=/usr/bin/worker
            _CMDLINE=/usr/bin/worker --queue jobs
            _CAP_EFFECTIVE=1ffffffffff
            _SELINUX_CONTEXT=unconfined
            _SYSTEMD_CGROUP=/system.slice/worker.service
            _SYSTEMD_UNIT=worker.service
            _SYSTEMD_SLICE=system.slice
            _SYSTEMD_INVOCATION_ID=0123456789abcdef0123456789abcdef
            _MACHINE_ID=0123456789abcdef0123456789abcdef
            _HOSTNAME=device
            _STREAM_ID=0123456789abcdef0123456789abcdef
            """;

    private IngestPathMessages() {}

    private static List<Line> lines(int count) {
        Entries entries = SampleLines.entries(count);
        return IntStream.range(0, count)
                .mapToObj(i -> Entry.read(entries.bytes(), entries.start(i), entries.end(i))
                        .line())
                .toList();
    }

    private static byte[] each(int lines, Function<Line, String> form) {
        return IngestPath.ascii(lines(lines).stream().map(form).collect(Collectors.joining()));
    }

    private static String head(String method, String path, String... headers) {
        String all = List.of(headers).stream().map(header -> header + "\r\n").collect(Collectors.joining());
        return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + all;
    }

    private static String own(String device, String rest) {
        return "/api/v1/devices/" + device + rest;
    }

    private static String balena(String device, String rest) {
        return "/device/v2/" + device + rest;
    }

    // ---- Tailrace's own

    static Message numberedFrame(String device, int lines) {
        byte[] body = each(
                lines,
                line -> "{\"seq\":" + NUMBER + ",\"message\":\"" + line.message() + "\",\"timestamp\":"
                        + line.timestamp() + "}\n");
        return new Message(upgrade(own(device, "/ingest?producer=arena")), body);
    }

    static Message frame(String device, int lines) {
        return new Message(upgrade(own(device, "/ingest")), SampleLines.ndjson(lines));
    }

    private static String upgrade(String path) {
        return head(
                "GET",
                path,
                "Upgrade: websocket",
                "Connection: Upgrade",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
    }

    /** With a mask of zeros, so that numbers can be written into it. */
    static byte[] webSocketFrame(byte[] payload) {
        ByteBuffer head = ByteBuffer.allocate(14).put((byte) 0x81);
        if (payload.length < 65_536) {
            head.put((byte) (0x80 | 126)).putShort((short) payload.length);
        } else {
            head.put((byte) (0x80 | 127)).putLong(payload.length);
        }
        head.putInt(0).flip();
        byte[] bytes = new byte[head.remaining()];
        head.get(bytes);
        return IngestPath.join(bytes, payload);
    }

    static Message ndjson(String device, int lines) {
        return new Message(
                head("POST", own(device, "/logs"), "Content-Type: application/x-ndjson"), SampleLines.ndjson(lines));
    }

    static Message text(String device, int lines) {
        return new Message(
                head("PUT", own(device, "/logs"), "Content-Type: text/plain"),
                each(lines, line -> line.message() + "\n"));
    }

    // ---- balena

    static Message balenaLogs(String device, int lines) {
        String elements = new String(SampleLines.ndjson(lines), StandardCharsets.US_ASCII)
                .trim()
                .replace('\n', ',');
        return new Message(
                head("POST", balena(device, "/logs"), "Content-Type: application/json"),
                IngestPath.ascii("[" + elements + "]"));
    }

    static Message balenaLogsGzip(String device, int lines) {
        return gzip(balenaLogs(device, lines));
    }

    static Message balenaStream(String device, int lines) {
        return new Message(
                head("POST", balena(device, "/log-stream"), "Content-Type: application/x-ndjson"),
                SampleLines.ndjson(lines));
    }

    /** Gzip members: the same one may follow itself. */
    static Message balenaStreamGzip(String device, int lines) {
        return gzip(balenaStream(device, lines));
    }

    private static Message gzip(Message plain) {
        var bytes = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(bytes)) {
            gzip.write(plain.body());
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible); // of an array
        }
        return new Message(plain.head() + "Content-Encoding: gzip\r\n", bytes.toByteArray());
    }

    // ---- OTLP

    static Message otlpProtobuf(String device, int lines) {
        var request = ExportLogsServiceRequest.newBuilder();
        var group = request.addResourceLogsBuilder();
        group.getResourceBuilder()
                .addAttributes(attribute("device.id", device))
                .addAttributes(attribute("service.name", "main"));
        var scope = group.addScopeLogsBuilder();
        lines(lines)
                .forEach(line -> scope.addLogRecords(LogRecord.newBuilder()
                        .setTimeUnixNano(line.timestamp() * MILLION)
                        .setSeverityNumberValue(9)
                        .setBody(AnyValue.newBuilder().setStringValue(line.message()))));
        return new Message(
                head("POST", "/v1/logs", "Content-Type: application/x-protobuf"),
                request.build().toByteArray());
    }

    private static KeyValue attribute(String key, String value) {
        return KeyValue.newBuilder()
                .setKey(key)
                .setValue(AnyValue.newBuilder().setStringValue(value))
                .build();
    }

    static Message otlpJson(String device, int lines) {
        JsonArray records = new JsonArray();
        lines(lines)
                .forEach(line -> records.add(new JsonObject()
                        .put("timeUnixNano", Long.toString(line.timestamp() * MILLION))
                        .put("severityNumber", 9)
                        .put("body", text(line.message()))));
        JsonArray attributes = new JsonArray()
                .add(new JsonObject().put("key", "device.id").put("value", text(device)))
                .add(new JsonObject().put("key", "service.name").put("value", text("main")));
        JsonObject group = new JsonObject()
                .put("resource", new JsonObject().put("attributes", attributes))
                .put("scopeLogs", new JsonArray().add(new JsonObject().put("logRecords", records)));
        return new Message(
                head("POST", "/v1/logs", "Content-Type: application/json"),
                new JsonObject()
                        .put("resourceLogs", new JsonArray().add(group))
                        .toBuffer()
                        .getBytes());
    }

    private static JsonObject text(String value) {
        return new JsonObject().put("stringValue", value);
    }

    // ---- Loki

    static Message lokiProtobuf(String device, int lines) {
        byte[] labels = message(out -> out.writeString(1, "{device=\"" + device + "\", app=\"main\"}"));
        byte[] entries = message(out -> {
            for (Line line : lines(lines)) {
                byte[] time = message(at -> {
                    at.writeInt64(1, line.timestamp() / 1000);
                    at.writeInt32(2, (int) (line.timestamp() % 1000) * MILLION);
                });
                out.writeByteArray(2, message(entry -> {
                    entry.writeByteArray(1, time);
                    entry.writeString(2, line.message());
                }));
            }
        });
        byte[] request = message(out -> out.writeByteArray(1, IngestPath.join(labels, entries)));
        ByteBuf packed = Unpooled.buffer();
        new Snappy().encode(Unpooled.wrappedBuffer(request), packed, request.length);
        byte[] body = new byte[packed.readableBytes()];
        packed.readBytes(body);
        return new Message(head("POST", "/loki/api/v1/push", "Content-Type: application/x-protobuf"), body);
    }

    /** Writes fields of protobuf. */
    private interface Fields {
        void write(CodedOutputStream out) throws IOException;
    }

    private static byte[] message(Fields fields) {
        var bytes = new ByteArrayOutputStream();
        try {
            CodedOutputStream out = CodedOutputStream.newInstance(bytes);
            fields.write(out);
            out.flush();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible); // of an array
        }
        return bytes.toByteArray();
    }

    static Message lokiJson(String device, int lines) {
        JsonArray values = new JsonArray();
        lines(lines)
                .forEach(line -> values.add(new JsonArray()
                        .add(Long.toString(line.timestamp() * MILLION))
                        .add(line.message())));
        JsonObject stream = new JsonObject()
                .put("stream", new JsonObject().put("device", device).put("app", "main"))
                .put("values", values);
        return new Message(
                head("POST", "/loki/api/v1/push", "Content-Type: application/json"),
                new JsonObject()
                        .put("streams", new JsonArray().add(stream))
                        .toBuffer()
                        .getBytes());
    }

    // ---- the journal and syslog

    static Message journal(String device, int lines) {
        byte[] body = each(
                lines,
                line -> "__CURSOR=s=0123456789abcdef0123456789abcdef;i=" + NUMBER
                        + ";b=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;m=4fc72436e;t=4c508a72423d9;x=d3e5610681098c10\n"
                        + "__REALTIME_TIMESTAMP=" + line.timestamp() + "123\n" + JOURNAL_FIELDS + "MESSAGE="
                        + line.message() + "\n\n");
        return new Message(head("POST", own(device, "/upload"), "Content-Type: application/vnd.fdo.journal"), body);
    }

    static Message syslog(String device, int lines) {
        return new Message(
                "",
                each(
                        lines,
                        line -> "<14>1 " + Instant.ofEpochMilli(line.timestamp()) + " " + device + " worker 1234 - - "
                                + line.message() + "\n"));
    }
}
