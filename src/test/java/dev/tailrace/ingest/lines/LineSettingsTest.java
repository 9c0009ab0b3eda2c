package dev.tailrace.ingest.lines;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The names and the time zone of the settings reach the parser. */
class LineSettingsTest {

    @Test
    void names_areThoseOfTheSettings() {
        try (RunningBroker broker = RunningBroker.start(Map.of(
                Setting.LINE_MESSAGE, "text",
                Setting.LINE_TIME, "when",
                Setting.LINE_LEVEL, "how",
                Setting.LINE_SERVICE, "who.name",
                Setting.LINE_TIME_ZONE, "Europe/Berlin"))) {
            broker.request(
                    "POST",
                    "/api/v1/devices/d/logs",
                    "{\"text\":\"hey\",\"when\":\"2026-11-29 10:00:00\",\"how\":\"W\",\"who\":{\"name\":\"me\"},\"msg\":\"x\"}",
                    "Content-Type",
                    "application/x-ndjson");
            JsonObject entry = broker.history("d").get(0);
            assertThat(entry.getString("message")).isEqualTo("hey");
            assertThat(entry.getLong("timestamp")).isEqualTo(1_795_942_800_000L);
            assertThat(entry.getString("level")).isEqualTo("warn");
            assertThat(entry.getString("service")).isEqualTo("me");
            assertThat(entry.getJsonObject("attributes")).isEqualTo(new JsonObject().put("msg", "x"));
        }
    }
}
