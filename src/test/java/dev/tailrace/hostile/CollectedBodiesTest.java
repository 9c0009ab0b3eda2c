package dev.tailrace.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import dev.tailrace.testing.BrokerProcess;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xerial.snappy.Snappy;

/**
 * A broker with the memory of the chart (1 GiB, of which 40 % is heap) and the image's JVM options, to which one device's key and one
 * collector's send bodies that become much, of all formats that are collected: it lives, and other devices are served.
 */
@Tag("long")
final class CollectedBodiesTest {

    private static final int MIB = 1024 * 1024;
    private static final String HEAP = "-Xmx410m";
    private static final int CONTAINER_MIB = 1024;
    private static final String ADMIN = "a".repeat(40);
    private static final int GOOD_DEVICES = 4;

    /** The expanded size of a body: more than a document may have, except where the body is cut to the limit. */
    private static final int EXPANDED = 60 * MIB;

    @TempDir
    Path folder;

    private final HttpClient http = HttpClient.newHttpClient();

    private record Body(String path, String type, String encoding, byte[] bytes) {}

    @Test
    void manyBodiesThatBecomeMuch_endNoBroker_andDelayNoOtherDevice() throws Exception {
        attack(List.of(), 12, 60);
    }

    /** The lines of a body are held by their sender until storage has them. */
    @ParameterizedTest
    @EnumSource(names = {"SENTINELS", "CLUSTER"})
    void manyBodiesThatBecomeMuch_withStorageOfSeveralServers_endNoBroker_andDelayNoOtherDevice(StorageLayout layout)
            throws Exception {
        try (StorageLayout.Servers redis = layout.start()) {
            attack(List.of("--redis", redis.url()), 24);
        }
    }

    private void attack(List<String> settings, int... parallel) throws Exception {
        List<String> jvm = new ArrayList<>(HostileTools.jvmOptions());
        jvm.add(HEAP);
        List<Body> bodies = bodies();
        List<String> all = new ArrayList<>(List.of("--auth-admin-token", ADMIN));
        all.addAll(settings);
        try (BrokerProcess broker =
                BrokerProcess.in(folder).jvm(jvm).settings(all).start()) {
            String device = key(broker, "/api/v1/devices/bad/keys", "{}");
            String collector = ADMIN;
            List<String> good = new ArrayList<>();
            for (int i = 0; i < GOOD_DEVICES; i++) {
                good.add(key(broker, "/api/v1/devices/good" + i + "/keys", "{}"));
            }
            for (int each : parallel) {
                attack(broker, bodies, each, List.of(device, collector), good);
            }
            assertThat(broker.isAlive()).as(broker.output()).isTrue();
            assertThat(broker.output()).doesNotContain("OutOfMemory").doesNotContain("Unhandled");
            HostileTools.figures(
                    "bodies that become much " + settings, "most memory " + broker.mostResidentMiB() + " MiB");
            assertThat(broker.mostResidentMiB()).isLessThan(CONTAINER_MIB);
        }
    }

    private void attack(BrokerProcess broker, List<Body> bodies, int parallel, List<String> bad, List<String> good)
            throws Exception {
        var over = new AtomicBoolean();
        var nanos = new ConcurrentLinkedQueue<Long>();
        List<Thread> devices = new ArrayList<>();
        var failures = new ConcurrentLinkedQueue<String>();
        for (int i = 0; i < GOOD_DEVICES; i++) {
            String path = "/api/v1/devices/good" + i + "/logs";
            String token = good.get(i);
            var thread = new Thread(() -> {
                var own = HttpClient.newHttpClient();
                while (!over.get()) {
                    long from = System.nanoTime();
                    try {
                        HttpResponse<String> answer = own.send(
                                request(broker, new Body(path, "text/plain", "identity", new byte[] {'x'}), token),
                                BodyHandlers.ofString());
                        nanos.add(System.nanoTime() - from);
                        if (answer.statusCode() != 202) {
                            failures.add(answer.statusCode() + " " + answer.body());
                        }
                    } catch (IOException | InterruptedException broken) {
                        failures.add(broken.toString());
                    }
                }
            });
            devices.add(thread);
            thread.start();
        }
        var statuses = new TreeMap<Integer, Integer>();
        List<CompletableFuture<HttpResponse<Void>>> sent = new ArrayList<>();
        for (int i = 0; i < parallel; i++) {
            Body body = bodies.get(i % bodies.size());
            String token = bad.get(i / bodies.size() % bad.size());
            sent.add(http.sendAsync(request(broker, body, token), BodyHandlers.discarding()));
        }
        for (CompletableFuture<HttpResponse<Void>> one : sent) {
            statuses.merge(
                    one.handle((answer, broken) -> broken == null ? answer.statusCode() : -1)
                            .join(),
                    1,
                    Integer::sum);
        }
        over.set(true);
        for (Thread thread : devices) {
            thread.join();
        }
        long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
        System.out.printf(
                "%d at a time: answers %s (-1: the connection broke); good devices: %d posts, p99 %.0f ms, longest"
                        + " %.0f ms%n",
                parallel,
                statuses,
                sorted.length,
                sorted[sorted.length * 99 / 100] / 1e6,
                sorted[sorted.length - 1] / 1e6);
        assertThat(failures).as(broker.output()).isEmpty();
        assertThat(broker.isAlive()).as(broker.output()).isTrue();
    }

    private HttpRequest request(BrokerProcess broker, Body body, String token) {
        return HttpRequest.newBuilder(broker.uri(body.path()))
                .timeout(Duration.ofSeconds(60))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", body.type())
                .header("Content-Encoding", body.encoding())
                .POST(BodyPublishers.ofByteArray(body.bytes()))
                .build();
    }

    private String key(BrokerProcess broker, String path, String what) throws Exception {
        HttpResponse<String> answer = http.send(
                request(
                        broker,
                        new Body(path, "application/json", "identity", what.getBytes(StandardCharsets.UTF_8)),
                        ADMIN),
                BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return new JsonObject(answer.body()).getString("token");
    }

    // ---- the bodies

    private static List<Body> bodies() throws IOException {
        String json = "application/json";
        String protobuf = "application/x-protobuf";
        String record = "{\"body\":{\"stringValue\":\"" + "y".repeat(900) + "\"}},";
        byte[] otlp =
                ("{\"resourceLogs\":[{\"resource\":{\"attributes\":[{\"key\":\"device.id\",\"value\":{\"stringValue\":\"bad\"}}]},"
                                + "\"scopeLogs\":[{\"logRecords\":[")
                        .getBytes(StandardCharsets.US_ASCII);
        byte[] loki = "{\"streams\":[{\"stream\":{\"host\":\"bad\"},\"values\":[".getBytes(StandardCharsets.US_ASCII);
        byte[] array = "[{\"message\":\"".getBytes(StandardCharsets.US_ASCII);
        byte[] journal = "MESSAGE\n\0\0\0\4\0\0\0\0".getBytes(StandardCharsets.US_ASCII); // a value of 64 MiB
        byte[] invalid = new byte[MIB];
        Arrays.fill(invalid, (byte) 0xFF);
        byte[] attributes = new byte[MIB];
        for (int i = 0; i < attributes.length; i += 2) {
            attributes[i] = 6 << 3 | 2; // of a LogRecord, each empty
        }
        return List.of(
                new Body("/v1/logs", json, "gzip", gzip(new byte[] {'{'}, filled(' ', MIB), EXPANDED / MIB)),
                new Body("/v1/logs", json, "gzip", gzip(otlp, ascii(record.repeat(1000)), EXPANDED / MIB)),
                new Body("/v1/logs", json, "gzip", gzip(otlp, ascii(record.repeat(1000)), 7)),
                new Body(
                        "/v1/logs",
                        json,
                        "gzip",
                        gzip(otlp, ascii("{\"body\":{\"arrayValue\":{\"values\":[" + "{},".repeat(700_000)), 3)),
                new Body("/v1/logs", json, "gzip", gzip(otlp, invalid, EXPANDED / MIB)),
                new Body(
                        "/v1/logs",
                        json,
                        "gzip",
                        gzip(ascii("{\"resourceLogs\":[{"), ascii("\"scopeLogs\":[],".repeat(60_000)), 7)),
                new Body("/v1/logs", protobuf, "gzip", gzip(new byte[0], protobuf(attributes), 7)),
                new Body("/v1/logs", protobuf, "gzip", gzip(new byte[0], largeResource(), 100)),
                new Body("/v1/logs", protobuf, "zstd", zstd(protobuf(attributes), 7)),
                new Body(
                        "/loki/api/v1/push",
                        json,
                        "gzip",
                        gzip(loki, ascii("[\"1\",\"yyyyyyyy\"],".repeat(60_000)), 7)),
                new Body("/loki/api/v1/push", json, "gzip", gzip(loki, filled(' ', MIB), EXPANDED / MIB)),
                new Body("/loki/api/v1/push", protobuf, "snappy", Snappy.compress(new byte[7 * MIB])),
                new Body("/api/v1/devices/bad/logs", json, "gzip", gzip(array, filled('x', MIB), EXPANDED / MIB)),
                new Body("/api/v1/devices/bad/logs", json, "zstd", zstd(filled('\n', MIB), EXPANDED / MIB)),
                new Body("/device/v2/bad/logs", json, "gzip", gzip(array, filled('x', MIB), EXPANDED / MIB)),
                new Body(
                        "/api/v1/devices/bad/upload",
                        "application/vnd.fdo.journal",
                        "gzip",
                        gzip(journal, filled('x', MIB), EXPANDED / MIB)));
    }

    private static byte[] protobuf(byte[] record) {
        var request = ExportLogsServiceRequest.newBuilder();
        try {
            request.addResourceLogsBuilder()
                    .addScopeLogsBuilder()
                    .addLogRecords(io.opentelemetry.proto.logs.v1.LogRecord.parseFrom(record));
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
        return request.build().toByteArray();
    }

    /** A resource with as many small attributes as it may have, which become many times as much. */
    private static byte[] largeResource() {
        var request = ExportLogsServiceRequest.newBuilder();
        var logs = request.addResourceLogsBuilder();
        for (int i = 0; i < 4500; i++) {
            logs.getResourceBuilder()
                    .addAttributesBuilder()
                    .setKey(Integer.toString(i, 36))
                    .setValue(AnyValue.newBuilder().setBoolValue(true));
        }
        logs.addScopeLogsBuilder().addLogRecordsBuilder().setSeverityNumberValue(9);
        return request.build().toByteArray();
    }

    private static byte[] filled(char c, int count) {
        return ascii(String.valueOf(c).repeat(count));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] gzip(byte[] head, byte[] piece, int times) throws IOException {
        var out = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(out)) {
            gzip.write(head);
            for (int i = 0; i < times; i++) {
                gzip.write(piece);
            }
        }
        return out.toByteArray();
    }

    /** With the largest window that there may be. */
    private static byte[] zstd(byte[] piece, int times) throws IOException {
        var out = new ByteArrayOutputStream();
        try (var zstd = new ZstdOutputStreamNoFinalizer(out)) {
            zstd.setLong(23);
            for (int i = 0; i < times; i++) {
                zstd.write(piece);
            }
        }
        return out.toByteArray();
    }
}
