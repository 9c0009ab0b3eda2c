package dev.tailrace.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.TailraceCommand;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** References of the manifests to each other, and to the broker, are correct. */
final class ChartRelationsTest {

    private static final String FILES = "/etc/tailrace";
    private static final int CLOSING_SECONDS = 5; // as cli.Serve grants beyond the drain time

    static List<Path> cases() {
        return Chart.cases();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void ports_areThoseOfTheSettings_andServicesLeadToThem(Path values) {
        Chart.Manifests rendered = Chart.render(values);
        Chart.Node broker = rendered.container();
        Map<String, Object> settings = rendered.settings();
        assertThat(broker.named("ports", "http").text("containerPort")).isEqualTo(settings.get("TAILRACE_PORT"));
        assertThat(broker.named("ports", "management").text("containerPort"))
                .isEqualTo(settings.get("TAILRACE_MANAGEMENT_PORT"));
        int ports = 2
                + (settings.containsKey("TAILRACE_SYSLOG_PORT") ? 2 : 0)
                + (settings.containsKey("TAILRACE_SYSLOG_TLS_PORT") ? 1 : 0)
                + (settings.containsKey("TAILRACE_GELF_PORT") ? 2 : 0);
        assertThat(broker.list("ports").size()).isEqualTo(ports);
        for (Chart.Node service : rendered.of("Service")) {
            Chart.Node pod = podBehind(rendered, service.map("spec.selector"));
            for (Chart.Node port : service.list("spec.ports")) {
                Chart.Node target = pod.list("spec.containers").get(0).named("ports", port.text("targetPort"));
                assertThat(target.text("protocol")).isEqualTo(port.text("protocol"));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void selectors_findPods_andExactlyOneKindOfThem(Path values) {
        Chart.Manifests rendered = Chart.render(values);
        for (Chart.Node workload : rendered.of("Deployment")) {
            assertThat(workload.map("spec.template.metadata.labels").entrySet())
                    .containsAll(workload.map("spec.selector.matchLabels").entrySet());
        }
        Stream.of("PodDisruptionBudget", "NetworkPolicy")
                .flatMap(kind -> rendered.of(kind).stream())
                .map(one -> one.map(
                        one.has("spec.selector") ? "spec.selector.matchLabels" : "spec.podSelector.matchLabels"))
                .forEach(selector -> assertThat(podBehind(rendered, selector)).isNotNull());
        for (Chart.Node monitor : rendered.of("ServiceMonitor")) {
            assertThat(rendered.of("Service").stream()
                            .filter(service -> service.map("metadata.labels")
                                    .entrySet()
                                    .containsAll(monitor.map("spec.selector.matchLabels")
                                            .entrySet()))
                            .map(service -> service.text("metadata.name")))
                    .containsExactly("logs-tailrace-management");
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void names_ofTheServicesOfBrokers_areKnownToBrokers(Path values) {
        Chart.Manifests rendered = Chart.render(values);
        List<String> hosts = List.of(String.valueOf(rendered.settings().get(Setting.HOSTS.variable()))
                .split(","));
        for (Chart.Node service : rendered.of("Service")) {
            String name = service.text("metadata.name");
            boolean ofBrokers = "broker".equals(service.map("spec.selector").get("app.kubernetes.io/component"));
            assertThat(hosts.stream().filter(host -> host.equals(name) || host.startsWith(name + ".")))
                    .as(name)
                    .hasSize(ofBrokers ? 4 : 0);
        }
    }

    @Test
    void hosts_ofTheSettings_areAddedToThoseOfTheServices() {
        Object hosts = Chart.render("settings.hosts=logs.example.com,logs.lan")
                .settings()
                .get(Setting.HOSTS.variable());
        assertThat(String.valueOf(hosts).split(","))
                .contains("logs.example.com", "logs.lan")
                .anyMatch(host -> host.endsWith("-management"));
    }

    private static Chart.Node podBehind(Chart.Manifests rendered, Map<String, Object> selector) {
        List<Chart.Node> found = rendered.of("Deployment").stream()
                .map(workload -> workload.at("spec.template"))
                .filter(pod -> pod.map("metadata.labels").entrySet().containsAll(selector.entrySet()))
                .toList();
        assertThat(found).as(selector.toString()).hasSize(1);
        return found.get(0);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void probes_askWhatTheManagementPortAnswers(Path values) {
        Chart.Manifests rendered = Chart.render(values);
        String scheme = "true".equals(rendered.settings().get("TAILRACE_MANAGEMENT_TLS")) ? "HTTPS" : "HTTP";
        try (RunningBroker broker = RunningBroker.start()) {
            for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
                Chart.Node asked = rendered.container().at(probe + ".httpGet");
                assertThat(asked.text("port")).isEqualTo("management");
                assertThat(asked.text("scheme")).isEqualTo(scheme);
                await(probe)
                        .atMost(Duration.ofSeconds(30))
                        .until(() -> broker.management(asked.text("path")).statusCode() == 200);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void grace_isLongerThanPreStopAndDrain(Path values) {
        Chart.Manifests rendered = Chart.render(values);
        Chart.Node pod = rendered.broker().at("spec.template.spec");
        int sleep = rendered.container().number("lifecycle.preStop.sleep.seconds");
        assertThat(sleep).isPositive();
        assertThat(pod.number("terminationGracePeriodSeconds"))
                .isGreaterThan(
                        sleep + seconds((String) rendered.settings().get("TAILRACE_DRAIN_TIME")) + CLOSING_SECONDS);
    }

    private static int seconds(String duration) {
        int number = Integer.parseInt(duration.replaceAll("\\D", ""));
        return duration.endsWith("ms") ? 1 : duration.endsWith("m") ? number * 60 : number;
    }

    @ParameterizedTest
    @CsvSource({"500ms, 16", "10s, 25", "3m, 195", "1h, 3615", "0s, 15"})
    void grace_followsTheDrainTime(String drain, int grace) {
        assertThat(Chart.render("settings.drain-time=" + drain)
                        .broker()
                        .number("spec.template.spec.terminationGracePeriodSeconds"))
                .isEqualTo(grace);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void files_areMountedWhereTheSettingsSay(Path values) {
        Chart.Manifests rendered = Chart.render(values);
        Chart.Node files = rendered.broker().named("spec.template.spec.volumes", "files");
        List<String> mounted = files.list("projected.sources").stream()
                .flatMap(source -> source.list("secret.items").stream())
                .map(item -> FILES + "/" + item.text("path"))
                .toList();
        assertThat(rendered.container().named("volumeMounts", "files").text("mountPath"))
                .isEqualTo(FILES);
        assertThat(rendered.settings().values().stream()
                        .filter(value -> value.toString().startsWith("/")))
                .containsExactlyInAnyOrderElementsOf(mounted);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void secrets_areReferred_andNeverInTheConfigMap(Path values) {
        Chart.Manifests rendered = Chart.render(values);
        assertThat(rendered.settings())
                .doesNotContainKeys(
                        Setting.REDIS.variable(),
                        Setting.AUTH_ADMIN_TOKEN.variable(),
                        Setting.AUTH_JWT_SECRET.variable());
        assertThat(rendered.container().named("env", "TAILRACE_REDIS").value()).isNotNull();
        List<String> made = rendered.of("Secret").stream()
                .map(secret -> secret.text("metadata.name"))
                .toList();
        for (Chart.Node entry : rendered.container().list("env")) {
            if (entry.has("valueFrom.secretKeyRef")) {
                String name = entry.text("valueFrom.secretKeyRef.name");
                assertThat(made.contains(name) || !name.startsWith("logs-tailrace"))
                        .as(name)
                        .isTrue();
            }
        }
    }

    @Test
    void everythingNamed_isWhereItBelongs() {
        Chart.Manifests rendered = Chart.render(Chart.CASES.resolve("everything.yaml"));
        Chart.Node broker = rendered.container();
        assertThat(broker.text("image")).startsWith("example/tailrace@sha256:");
        assertThat(broker.named("env", "TAILRACE_AUTH_ADMIN_TOKEN").map("valueFrom.secretKeyRef"))
                .isEqualTo(Map.of("name", "tailrace-auth", "key", "admin.token"));
        assertThat(broker.named("env", "TAILRACE_AUTH_JWT_SECRET").text("valueFrom.secretKeyRef.key"))
                .isEqualTo("jwt");
        assertThat(broker.named("env", "TAILRACE_LOG_FORMAT").text("value")).isEqualTo("json");
        assertThat(rendered.of("Secret")).isEmpty();
        assertThat(rendered.broker().number("spec.template.spec.terminationGracePeriodSeconds"))
                .isEqualTo(120);
        assertThat(rendered.settings()).containsEntry("TAILRACE_TLS_CERT", FILES + "/tls-cert");
        Chart.Node test = rendered.only("Pod").list("spec.containers").get(0);
        assertThat(test.get("args").toString()).contains("--url=https://logs.example.com,", "--ca=");
        assertThat(test.list("env").get(0).map("valueFrom.secretKeyRef"))
                .isEqualTo(Map.of("name", "tester", "key", "token"));
        assertThat(rendered.only("Ingress").map("metadata.annotations"))
                .containsEntry("nginx.ingress.kubernetes.io/proxy-buffering", "off")
                .containsEntry("nginx.ingress.kubernetes.io/proxy-request-buffering", "off")
                .containsEntry("nginx.ingress.kubernetes.io/backend-protocol", "HTTPS");
        assertThat(rendered.only("Ingress").list("spec.rules")).hasSize(2);
    }

    @Test
    void redisPassword_standsBeforeTheUrlThatUsesIt() {
        List<Chart.Node> environment =
                Chart.render(Chart.CASES.resolve("cluster.yaml")).container().list("env");
        List<String> names = environment.stream().map(one -> one.text("name")).toList();
        assertThat(names.indexOf("REDIS_PASSWORD")).isNotNegative().isLessThan(names.indexOf("TAILRACE_REDIS"));
        assertThat(environment.get(names.indexOf("TAILRACE_REDIS")).text("value"))
                .startsWith("redis://:$(REDIS_PASSWORD)@");
    }

    @Test
    void autoscaler_asksForAMetricThatBrokersHave_andOwnsTheNumber() {
        Chart.Manifests rendered = Chart.render(Chart.CASES.resolve("cluster.yaml"));
        assertThat(rendered.broker().has("spec.replicas")).isFalse();
        Chart.Node autoscaler = rendered.only("HorizontalPodAutoscaler");
        assertThat(autoscaler.text("spec.scaleTargetRef.name")).isEqualTo("logs-tailrace");
        String metric = autoscaler.list("spec.metrics").get(0).text("pods.metric.name");
        try (RunningBroker broker = RunningBroker.start()) {
            assertThat(broker.management("/metrics").body()).contains("\n" + metric + "{");
        }
    }

    @Test
    void trialRedis_isWhereTheBrokerLooks_andForBrokersOnly() {
        Chart.Manifests rendered = Chart.render(Chart.CASES.resolve("trial.yaml"));
        Chart.Node service = rendered.named("Service", "logs-tailrace-redis");
        assertThat(rendered.container().named("env", "TAILRACE_REDIS").text("value"))
                .isEqualTo("redis://" + service.text("metadata.name") + ":"
                        + service.list("spec.ports").get(0).number("port"));
        Chart.Node policy = rendered.named("NetworkPolicy", "logs-tailrace-redis");
        Map<String, Object> from =
                policy.list("spec.ingress").get(0).list("from").get(0).map("podSelector.matchLabels");
        assertThat(podBehind(rendered, from).list("spec.containers").get(0).text("name"))
                .isEqualTo("broker");
    }

    @Test
    void adminToken_isMadeWhereNoneIsNamed_andLongEnough() {
        Chart.Manifests rendered = Chart.render();
        Chart.Node secret = rendered.only("Secret");
        String token = new String(
                Base64.getDecoder().decode((String) secret.map("data").get("token")), StandardCharsets.UTF_8);
        assertThat(token).hasSize(43);
        assertThat(secret.map("metadata.annotations")).containsEntry(Chart.HOOK, "pre-install");
        assertThat(rendered.container()
                        .named("env", "TAILRACE_AUTH_ADMIN_TOKEN")
                        .map("valueFrom.secretKeyRef"))
                .isEqualTo(Map.of("name", secret.text("metadata.name"), "key", "token"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void testPod_reachesTheService_withAToken(Path values) {
        Chart.Manifests rendered = Chart.render(values);
        for (Chart.Node pod : rendered.of("Pod")) {
            assertThat(pod.map("metadata.annotations")).containsEntry(Chart.HOOK, "test");
            Chart.Node container = pod.list("spec.containers").get(0);
            assertThat(container.list("args").get(0).value()).isEqualTo("bench");
            assertThat(container.named("env", "TAILRACE_TOKEN").has("valueFrom.secretKeyRef"))
                    .isTrue();
            assertThat(container.text("image")).isEqualTo(rendered.container().text("image"));
        }
    }

    @Test
    void testPod_succeedsWithABroker_thatKnowsItsToken() {
        String token = "a-token-of-an-admin";
        Chart.Node container =
                Chart.render().only("Pod").list("spec.containers").get(0);
        try (RunningBroker broker = RunningBroker.start(Map.of(Setting.AUTH_ADMIN_TOKEN, token))) {
            List<String> line = new ArrayList<>(List.of("env", "TAILRACE_TOKEN=" + token));
            line.addAll(TailraceCommand.of(List.of()));
            for (Chart.Node argument : container.list("args")) {
                line.add(argument.value().toString().replaceFirst("--url=.*", "--url=" + broker.uri("")));
            }
            Command done = Command.run(Path.of("."), line);
            assertThat(done.exit()).as(done.output()).isZero();
            assertThat(broker.metric("tailrace_lines_stored_total")).isPositive();
        }
    }

    @Test
    void testPod_asksTheService_byItsPort() {
        assertThat(Chart.render("service.port=8081")
                        .only("Pod")
                        .list("spec.containers")
                        .get(0)
                        .get("args")
                        .toString())
                .contains("--url=http://logs-tailrace:8081,");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void notes_nameTheNextCommand(Path values) {
        Chart.Manifests rendered = Chart.render(values);
        String notes = (String) rendered.named("ConfigMap", "notes").map("data").get("text");
        assertThat(notes)
                .contains("kubectl -n observed rollout status deployment/logs-tailrace")
                .contains("curl ");
        assertThat(notes.contains("helm -n observed test logs"))
                .isEqualTo(!rendered.of("Pod").isEmpty());
    }

    @Test
    void changedSettings_replaceThePods() {
        String path = "spec.template.metadata.annotations";
        assertThat(Chart.render("settings.ring-capacity=5").broker().map(path))
                .isNotEqualTo(Chart.render().broker().map(path));
    }
}
