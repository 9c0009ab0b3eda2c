package dev.tailrace.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tailrace.config.Setting;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

/** The chart's values are the broker's settings, by their names; and a wrong one is refused before anything is installed. */
@Tag("unit")
final class ChartValuesTest {

    private static final List<String> GROUPS = List.of("settings", "secrets", "files");

    /** Where the chart's default is not the broker's; why. */
    private static final Map<Setting, String> OTHERWISE = Map.of(
            Setting.HOST, "0.0.0.0", // a pod is reached at its address, and has credentials
            Setting.EVENT_LOOPS, "2", // without a limit the JVM sees all cores of the node
            Setting.SYSLOG_PORT, "0", // none
            Setting.SYSLOG_TLS_PORT, "0",
            Setting.GELF_PORT, "0");

    /** Where the chart's comment is not the broker's meaning, because the chart differs. */
    private static final Map<Setting, String> COMMENTS = Map.of(
            Setting.PORT, "port for devices and readers", // the Service needs to know it
            Setting.MANAGEMENT_PORT, "port for metrics and probes",
            Setting.SYSLOG_PORT, "port for syslog over TCP and UDP; 0: syslog is off",
            Setting.SYSLOG_TLS_PORT,
                    "port for syslog over TLS (RFC 5425), with the certificate of tls-cert and the authorities of"
                            + " tls-client-ca; 0: it is off",
            Setting.GELF_PORT, "port for GELF over TCP and UDP; 0: they are off, and POST /gelf is not",
            Setting.AUTH_ADMIN_TOKEN, "secret token that allows everything", // a Secret holds it
            Setting.AUTH_JWT_SECRET, "secret of at least 32 bytes that signs JSON Web Tokens (HS256)",
            Setting.REDIS,
                    "redis://[user:password@]host:port[,host:port…][/db][?master=NAME] or rediss://; standalone,"
                            + " Sentinel or Cluster is detected"); // the chart does not install without Redis

    @Test
    void settings_areAllThere_andNoneIsStale() throws IOException {
        Set<String> options =
                Arrays.stream(Setting.values()).map(Setting::option).collect(Collectors.toCollection(TreeSet::new));
        Set<String> values = new TreeSet<>();
        Set<String> schema = new TreeSet<>();
        JsonObject properties = new JsonObject(Files.readString(Chart.FOLDER.resolve("values.schema.json")))
                .getJsonObject("properties");
        for (String group : GROUPS) {
            values.addAll(new Chart.Node(Chart.values()).map(group).keySet());
            JsonObject known = properties.getJsonObject(group);
            assertThat(known.getBoolean("additionalProperties")).isFalse();
            schema.addAll(known.getJsonObject("properties").fieldNames());
        }
        assertThat(values).isEqualTo(options);
        assertThat(schema).isEqualTo(options);
    }

    @ParameterizedTest
    @EnumSource(Setting.class)
    void eachSetting_hasItsMeaningAbove_andTheBrokersDefault(Setting setting) throws IOException {
        assertThat(Files.readString(Chart.FOLDER.resolve("values.yaml")))
                .contains("\n  # " + COMMENTS.getOrDefault(setting, setting.meaning()) + "\n  " + setting.option()
                        + ": ");
        Object value = new Chart.Node(Chart.values()).map("settings").get(setting.option());
        if (value != null) {
            String absent = setting.absent() == null ? "" : setting.absent();
            assertThat(value.toString()).isEqualTo(OTHERWISE.getOrDefault(setting, absent));
        }
    }

    @Test
    void settings_reachTheBrokerAsWritten() {
        Map<String, Object> settings =
                Chart.render(Chart.CASES.resolve("cluster.yaml")).settings();
        assertThat(settings)
                .containsEntry("TAILRACE_RING_CAPACITY", "2000000")
                .containsEntry("TAILRACE_INGEST_PENDING_BYTES", "134217728")
                .containsEntry("TAILRACE_DRAIN_TIME", "2m")
                .containsEntry("TAILRACE_INSECURE", "false")
                .containsEntry("TAILRACE_LOKI_DEVICE", "device,host,hostname,instance")
                .doesNotContainKeys(
                        "TAILRACE_SYSLOG_PORT",
                        "TAILRACE_SYSLOG_TLS_PORT",
                        "TAILRACE_GELF_PORT",
                        "TAILRACE_MANAGEMENT_HOST",
                        "TAILRACE_REDIS");
        Set<String> variables =
                Arrays.stream(Setting.values()).map(Setting::variable).collect(Collectors.toSet());
        assertThat(variables).containsAll(settings.keySet());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "settings.ring-capacity=many",
                "settings.ring-capactiy=5",
                "settings.drain-time=10",
                "settings.stream-bytes=64KB",
                "settings.insecure=sure",
                "settings.port=70000",
                "settings.tls-client-auth=sometimes",
                "secrets.redis.nmae=a",
                "files.tls-cert=cert.pem",
                "redisUrl=redis://user:secret@redis:6379",
                "redisUrl=http://redis:6379",
                "image.digest=latest",
                "image.pullPolicy=Sometimes",
                "replicaCount=-1",
                "preStopSleepSeconds=0",
                "service.type=ExternalName",
                "autoscaling.minReplicas=0",
                "probes.liveness.periodSeconds=0",
                "httpRoute.enabled=true",
                "trialRedis.maxMemory=lots",
                "unknown=1"
            })
    void wrongValue_isRefusedByTheSchema(String value) {
        assertThatThrownBy(() -> Chart.render(value)).hasMessageContaining("schema");
    }

    @ParameterizedTest
    @CsvSource({
        "redisUrl=, Where is Redis",
        "trialRedis.enabled=true, Only one of redisUrl",
        "redisUrl=redis://:$(REDIS_PASSWORD)@redis:6379, redisPassword.name",
        "terminationGracePeriodSeconds=20, is too short",
    })
    void valuesThatDoNotGoTogether_areRefusedWithWhatToDo(String value, String why) {
        assertThatThrownBy(() -> Chart.render(value)).hasMessageContaining(why);
    }

    @Test
    void autoscalingByNothing_isRefused() {
        assertThatThrownBy(() -> Chart.render("autoscaling.enabled=true", "autoscaling.cpuUtilization=0"))
                .hasMessageContaining("autoscaling wants");
    }

    @Test
    void chart_isOfThisVersion() throws IOException {
        String version = Files.readString(Path.of("pom.xml"))
                .replaceFirst(
                        "(?s).*?<artifactId>tailrace</artifactId>\\s*<version>(.*?)(-SNAPSHOT)?</version>.*", "$1");
        Chart.Node chart = new Chart.Node(new Yaml().load(Files.readString(Chart.FOLDER.resolve("Chart.yaml"))));
        assertThat(chart.text("version")).isEqualTo(version);
        assertThat(chart.text("appVersion")).isEqualTo(version);
    }
}
