package dev.tailrace.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.Require;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

/** The compose file and what it mounts: files that are there, names that are, settings that are. */
final class ComposeTest {

    private static final Path FOLDER = Path.of("deploy");
    private static final List<String> BROKERS = List.of("broker-1", "broker-2");

    private final Chart.Node compose = load(FOLDER.resolve("compose.yaml"));

    private static Chart.Node load(Path file) {
        try {
            return new Chart.Node(new Yaml().load(Files.readString(file)));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatIsMounted_isThere() {
        for (String service : compose.map("services").keySet()) {
            for (Chart.Node mount : compose.list("services." + service + ".volumes")) {
                String source = mount.value().toString().split(":")[0];
                if (source.startsWith(".")) {
                    assertThat(FOLDER.resolve(source)).as(service).isRegularFile();
                } else {
                    assertThat(compose.map("volumes")).containsKey(source);
                }
            }
        }
        assertThat(FOLDER.resolve(compose.text("services.broker-1.build.context"))
                        .resolve(compose.text("services.broker-1.build.dockerfile")))
                .exists();
    }

    @Test
    void images_areNamedByAVersion() {
        for (String service : compose.map("services").keySet()) {
            assertThat(compose.text("services." + service + ".image"))
                    .contains(":")
                    .doesNotContain("latest");
        }
    }

    @Test
    void brokers_haveSettingsThatExist_andMoreGraceThanDrain() {
        Set<String> variables =
                Arrays.stream(Setting.values()).map(Setting::variable).collect(Collectors.toSet());
        for (String broker : BROKERS) {
            Chart.Node service = compose.at("services." + broker);
            assertThat(variables).containsAll(service.map("environment").keySet());
            assertThat(seconds(service.text("stop_grace_period")))
                    .isGreaterThan(seconds(service.text("environment.TAILRACE_DRAIN_TIME")) + 5);
            assertThat(service.get("read_only")).isEqualTo(true);
            assertThat(service.get("cap_drop")).isEqualTo(List.of("ALL"));
            assertThat(service.get("tmpfs")).isEqualTo(List.of("/tmp"));
        }
    }

    private static int seconds(String duration) {
        return Integer.parseInt(duration.replace("s", ""));
    }

    @Test
    void onlyLoopback_isPublished() {
        for (String service : compose.map("services").keySet()) {
            for (Chart.Node port : compose.list("services." + service + ".ports")) {
                assertThat(port.value().toString()).startsWith("127.0.0.1:");
            }
        }
    }

    @Test
    void nginxAndPrometheus_knowTheBrokers() throws IOException {
        String nginx = Files.readString(FOLDER.resolve("nginx/nginx.conf"));
        Chart.Node scrape = load(FOLDER.resolve("prometheus/prometheus.yaml"))
                .list("scrape_configs")
                .get(0);
        assertThat(scrape.text("job_name")).isEqualTo("tailrace");
        assertThat(scrape.list("static_configs").get(0).get("targets"))
                .isEqualTo(BROKERS.stream().map(broker -> broker + ":9090").toList());
        for (String broker : BROKERS) {
            assertThat(nginx).contains("server " + broker + ":8080 ");
            assertThat(compose.text("services." + broker + ".environment." + Setting.HOSTS.variable())
                            .split(","))
                    .as("names by which Prometheus may ask")
                    .contains(broker);
        }
    }

    @Test
    void prometheusConfiguration_isRead(@TempDir Path folder) throws IOException {
        Require.program("promtool");
        Files.copy(FOLDER.resolve("prometheus/prometheus.yaml"), folder.resolve("prometheus.yaml"));
        Files.copy(Alerts.FILE, folder.resolve("alerts.yaml"));
        Command check = Command.run(folder, "promtool", "check", "config", "prometheus.yaml");
        assertThat(check.exit()).as(check.output()).isZero();
        assertThat(check.output()).contains("rules found");
    }

    @Test
    void grafana_findsDataSourceAndDashboard() {
        Chart.Node source = load(FOLDER.resolve("grafana/datasource.yaml"))
                .list("datasources")
                .get(0);
        assertThat(source.text("url")).isEqualTo("http://prometheus:9090");
        String folder = load(FOLDER.resolve("grafana/dashboards.yaml"))
                .list("providers")
                .get(0)
                .text("options.path");
        assertThat(compose.list("services.grafana.volumes").stream()
                        .map(mount -> mount.value().toString()))
                .anyMatch(mount ->
                        mount.startsWith("../" + GrafanaDashboard.FILE + ":") && mount.contains(":" + folder + "/"));
    }

    @Test
    void redisConfiguration_isTaken(@TempDir Path folder) throws IOException {
        Path configuration = folder.resolve("redis.conf");
        Files.writeString(
                configuration, Files.readString(FOLDER.resolve("redis.conf")).replace("dir /data", "dir " + folder));
        try (RedisProcess redis = RedisProcess.with(configuration)) {
            assertThat(redis.command("CONFIG", "GET", "maxmemory-policy").toString())
                    .contains("noeviction");
            assertThat(redis.command("CONFIG", "GET", "client-output-buffer-limit")
                            .toString())
                    .contains("pubsub 268435456 67108864 60");
        }
    }
}
