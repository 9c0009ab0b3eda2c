package dev.tailrace.ingest.records;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import dev.tailrace.testing.TestRedis;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.exporter.otlp.http.logs.OtlpHttpLogRecordExporter;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.logs.export.BatchLogRecordProcessor;
import io.opentelemetry.sdk.resources.Resource;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** OpenTelemetry's own exporter sends logs, which are stored in Redis and read as events. */
class OtlpExporterTest {

    private final String device = "otlp-" + UUID.randomUUID();

    @Test
    void exportedRecords_reachAReader() {
        try (RunningBroker broker = RunningBroker.start(Map.of(Setting.REDIS, TestRedis.url()));
                SseReader reader = SseReader.open(broker.port(), "/api/v1/devices/" + device + "/logs/stream")) {
            assertThat(reader.status()).isEqualTo(200);
            export(broker, "gzip", "first");
            export(broker, "none", "second");

            for (String message : new String[] {"first", "second"}) {
                JsonObject entry = reader.message().json();
                assertThat(entry.getString("message")).isEqualTo(message);
                assertThat(entry.getString("service")).isEqualTo("main");
                assertThat(entry.getString("level")).isEqualTo("warn");
                assertThat(entry.getLong("timestamp")).isEqualTo(1_763_820_000_123L);
                JsonObject attributes = entry.getJsonObject("attributes");
                assertThat(attributes.getLong("job")).isEqualTo(17);
                assertThat(attributes.getString("otel.scope.name")).isEqualTo("scope");
                assertThat(attributes.containsKey("device.id")).isFalse();
                assertThat(attributes.containsKey("service.name")).isFalse();
            }
            assertThat(broker.unaccountedLines()).isZero();
        }
    }

    private void export(RunningBroker broker, String compression, String message) {
        OtlpHttpLogRecordExporter exporter = OtlpHttpLogRecordExporter.builder()
                .setEndpoint(broker.uri("/v1/logs").toString())
                .setCompression(compression)
                .build();
        Resource resource = Resource.create(Attributes.of(
                AttributeKey.stringKey("device.id"), device, AttributeKey.stringKey("service.name"), "main"));
        try (SdkLoggerProvider provider = SdkLoggerProvider.builder()
                .setResource(resource)
                .addLogRecordProcessor(BatchLogRecordProcessor.builder(exporter).build())
                .build()) {
            provider.get("scope")
                    .logRecordBuilder()
                    .setTimestamp(Instant.ofEpochMilli(1_763_820_000_123L))
                    .setSeverity(Severity.WARN2)
                    .setBody(message)
                    .setAttribute(AttributeKey.longKey("job"), 17L)
                    .emit();
            CompletableResultCode flushed = provider.forceFlush().join(20, TimeUnit.SECONDS);
            assertThat(flushed.isSuccess()).isTrue();
        }
    }
}
