package dev.tailrace.ingest.loki;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import dev.tailrace.testing.TestRedis;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A Logback appender for Loki sends logs, which are stored in Redis and read as events. */
@Timeout(
        value = 25,
        threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // what the appender does on its own threads has no limit
class LokiAppenderTest {

    private final String device = "loki-" + UUID.randomUUID();

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void appendedEvents_reachAReader(boolean protobuf) throws Exception {
        try (RunningBroker broker = RunningBroker.start(Map.of(Setting.REDIS, TestRedis.url()));
                SseReader reader = SseReader.open(broker.port(), "/api/v1/devices/" + device + "/logs/stream")) {
            assertThat(reader.status()).isEqualTo(200);
            LoggerContext logback = configured(broker, protobuf);
            logback.getLogger("a.logger").warn("said with \"quotes\" and \u00e9");
            logback.getLogger("a.logger").info("said again");
            logback.stop();

            JsonObject first = reader.message().json();
            assertThat(first.getString("message")).isEqualTo("said with \"quotes\" and \u00e9");
            assertThat(first.getString("service")).isEqualTo("main");
            assertThat(first.getString("level")).isEqualTo("warn");
            assertThat(first.getLong("receivedAt") - first.getLong("timestamp")).isBetween(0L, 60_000L);
            assertThat(first.getJsonObject("attributes"))
                    .isEqualTo(new JsonObject().put("logger", "a.logger").put("odd", "a\"b\\c"));
            JsonObject second = reader.message().json();
            assertThat(second.getString("message")).isEqualTo("said again");
            assertThat(second.getString("level")).isEqualTo("info");
            assertThat(broker.unaccountedLines()).isZero();
        }
    }

    private LoggerContext configured(RunningBroker broker, boolean protobuf) throws Exception {
        String xml = """
                <configuration>
                  <appender name="LOKI" class="com.github.loki4j.logback.Loki4jAppender">
                    <labels>
                      host=%s
                      app=main
                      odd=a"b\\\\c
                    </labels>
                    <structuredMetadata>
                      level=%%level
                      logger=%%logger
                    </structuredMetadata>
                    <message><pattern>%%msg</pattern></message>
                    <batch><timeoutMs>100</timeoutMs></batch>
                    <http>
                      <url>%s</url>
                      <useProtobufApi>%s</useProtobufApi>
                    </http>
                  </appender>
                  <root level="DEBUG"><appender-ref ref="LOKI"/></root>
                </configuration>
                """.formatted(device, broker.uri("/loki/api/v1/push"), protobuf);
        LoggerContext logback = new LoggerContext();
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(logback);
        configurator.doConfigure(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
        return logback;
    }
}
