package dev.tailrace.ingest.syslog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.model.Line;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Messages of both RFCs, with the examples of the RFCs, and messages in neither form. */
@Tag("unit")
class SyslogParserTest {

    private static final long NOW = Instant.parse("2003-10-11T22:14:15Z").toEpochMilli();

    private final SyslogParser parser = new SyslogParser(new SyslogTime(ZoneOffset.UTC, () -> NOW));

    /** The entry, with its device; without the time of receipt, and without a timestamp that is the same. */
    private JsonObject read(String message) {
        byte[] bytes = ("before" + message + "after").getBytes(StandardCharsets.UTF_8);
        Line line = parser.read(bytes, 6, bytes.length - 5);
        DeviceId device = parser.device();
        Entries.Builder out = new Entries.Builder(100);
        line.writeTo(out, 1);
        Entries entries = out.build();
        JsonObject entry =
                new JsonObject('{' + new String(entries.bytes(), 0, entries.byteSize(), StandardCharsets.UTF_8));
        entry.remove("receivedAt");
        if (entry.getLong("timestamp") == 1) {
            entry.remove("timestamp");
        }
        return device == null ? entry : entry.put("device", device.value());
    }

    // ---- RFC 5424

    @Test
    void exampleWithoutStructuredData_isRead() {
        assertThat(read("<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \uFEFF'su root' failed"))
                .isEqualTo(new JsonObject()
                        .put(
                                "timestamp",
                                Instant.parse("2003-10-11T22:14:15.003Z").toEpochMilli())
                        .put("message", "'su root' failed")
                        .put("service", "su")
                        .put("level", "critical")
                        .put("attributes", new JsonObject().put("msgid", "ID47"))
                        .put("device", "mymachine.example.com"));
    }

    @Test
    void exampleWithStructuredData_isRead() {
        assertThat(read("<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 evntslog 8710 - "
                        + "[exampleSDID@32473 iut=\"3\" eventSource=\"App \\\"li\\]ca\\\\tion\\n\"][other@1] An event"))
                .isEqualTo(new JsonObject()
                        .put("timestamp", Instant.parse("2003-08-24T12:14:15Z").toEpochMilli())
                        .put("message", "An event")
                        .put("service", "evntslog")
                        .put("level", "notice")
                        .put(
                                "attributes",
                                new JsonObject()
                                        .put("procid", "8710")
                                        .put(
                                                "exampleSDID@32473",
                                                new JsonObject()
                                                        .put("iut", "3")
                                                        .put("eventSource", "App \"li]ca\\tion\\n"))
                                        .put("other@1", new JsonObject()))
                        .put("device", "192.0.2.1"));
    }

    @Test
    void nothingButNil_isRead() {
        assertThat(read("<14>1 - - - - - -"))
                .isEqualTo(new JsonObject().put("message", "").put("level", "info"));
        assertThat(read("<14>1 - - - - - - a "))
                .isEqualTo(new JsonObject().put("message", "a ").put("level", "info"));
    }

    @Test
    void invalidTime_becomesTheTimeOfReceipt() {
        assertThat(read("<14>1 yesterday host app - - - a"))
                .isEqualTo(new JsonObject()
                        .put("message", "a")
                        .put("service", "app")
                        .put("level", "info")
                        .put("attributes", new JsonObject().put("timestamp", "yesterday"))
                        .put("device", "host"));
    }

    @Test
    void structuredDataOverTheLimit_isLeftOut() {
        JsonObject entry = read("<14>1 - host app 7 - [a b=\"" + "x".repeat(5000) + "\"] a");
        assertThat(entry.getString("message")).isEqualTo("a");
        assertThat(entry.getJsonObject("attributes")).isEqualTo(new JsonObject().put("procid", "7"));
        JsonObject nothingElse = read("<14>1 - host app - - [a b=\"" + "x".repeat(5000) + "\"] a");
        assertThat(nothingElse.fieldNames()).containsExactlyInAnyOrder("message", "service", "level", "device");
    }

    @Test
    void kernel_isSystem() {
        assertThat(read("<4>1 - host kernel - - - oops").getBoolean("system")).isTrue();
        assertThat(read("<12>1 - host app - - - oops").containsKey("system")).isFalse();
    }

    // ---- RFC 3164

    @Test
    void oldExample_isRead() {
        assertThat(read("<34>Oct 11 22:14:15 mymachine su: 'su root' failed"))
                .isEqualTo(new JsonObject()
                        .put("timestamp", NOW)
                        .put("message", "'su root' failed")
                        .put("service", "su")
                        .put("level", "critical")
                        .put("device", "mymachine"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "<13>Oct 11 22:14:15 host app[12]: text: more|host|app|text: more|12",
                "<13>Oct 11 22:14:15 host text without tag|host||text without tag|",
                "<13>Oct 11 22:14:15 app[12]: text||app|text|12",
                "<13>Oct 11 22:14:15 - app: text||app|text|",
                "<13>Oct 11 22:14:15 host app:|host|app|''|",
                "<13>2003-10-11T22:14:15.000+00:00 host app: text|host|app|text|",
                "<13>app[3]: text||app|text|3",
                "<13>just text|||just text|",
                "<13>http://example.com/||| http://example.com/|"
            })
    void oldForms_areRead(String message, String device, String service, String text, String process) {
        JsonObject entry = read(message);
        assertThat(entry.getString("message")).isEqualTo(text);
        assertThat(entry.getString("device")).isEqualTo(device);
        assertThat(entry.getString("service")).isEqualTo(service);
        assertThat(entry.getString("level")).isEqualTo("notice");
        assertThat(entry.getJsonObject("attributes", new JsonObject()).getString("procid"))
                .isEqualTo(process);
    }

    // ---- neither

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"<192>a", "<>a", "<1", "<1234>a", "<x>a", "<-1>a", "a", "<"})
    void withoutPriority_allIsTheMessage(String message) {
        assertThat(read(message)).isEqualTo(new JsonObject().put("message", message));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"<13>1 - host app", "<13>1 ", "<13>2 - host app - - - x"})
    void incompleteHeader_isPartOfTheMessage(String message) {
        JsonObject entry = read(message);
        assertThat(entry.getString("message").trim())
                .isEqualTo(message.substring(4).trim());
        assertThat(entry.getString("level")).isEqualTo("notice");
        assertThat(entry.containsKey("service")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"a b/c,a_b_c", "é,_", "..,", ".,", "-,", "::1,__1", "h.x-y_z,h.x-y_z"})
    void name_becomesADeviceId(String name, String id) {
        DeviceId device = SyslogParser.device(name);
        assertThat(device == null ? null : device.value()).isEqualTo(id);
    }

    @Test
    void longName_isCut() {
        assertThat(SyslogParser.device("x".repeat(300))).isEqualTo(new DeviceId("x".repeat(128)));
        assertThat(SyslogParser.device("")).isNull();
    }
}
