package dev.tailrace.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Kubernetes accepts the manifests that the chart renders, for each way to install it. */
@Tag("unit")
final class ChartManifestsTest {

    static List<Path> cases() {
        return Chart.cases();
    }

    @Test
    void lint_findsNothing() {
        LintResult lint = new Helm(Chart.FOLDER).lint().strict().call();
        assertThat(lint.isFailed()).as(lint.getMessages().toString()).isFalse();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void eachDocument_hasKnownFieldsOnly_andThoseItNeeds(Path values) {
        Chart.Manifests rendered = Chart.render(values);
        assertThat(rendered.all()).hasSizeGreaterThan(3);
        rendered.all().forEach(StrictKubernetes::validate);
    }

    @Test
    void aMistypedField_isRefused() {
        Chart.Manifests rendered = Chart.render();
        rendered.container().map("livenessProbe").put("periodSecond", 1);
        assertThatThrownBy(() -> StrictKubernetes.validate(rendered.broker()))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("periodSecond");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void names_areTheirOwn_andNotTooLong(Path values) {
        Set<String> names = new HashSet<>();
        for (Chart.Node document : Chart.render(values).all()) {
            String name = document.text("metadata.name");
            assertThat(name).hasSizeLessThanOrEqualTo(63).matches("[a-z0-9]([-a-z0-9]*[a-z0-9])?");
            assertThat(names.add(document.text("kind") + "/" + name)).isTrue();
            assertThat(document.map("metadata.labels"))
                    .containsKeys("app.kubernetes.io/name", "app.kubernetes.io/instance", "helm.sh/chart");
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void pods_areRestricted(Path values) {
        Chart.Manifests rendered = Chart.render(values);
        for (Chart.Node workload : rendered.of("Deployment")) {
            assertRestricted(workload.at("spec.template.spec"));
        }
        rendered.of("Pod").forEach(pod -> assertRestricted(pod.at("spec")));
    }

    /** Kubernetes' own standard, Restricted, and a root that cannot be written to. */
    private static void assertRestricted(Chart.Node pod) {
        assertThat(pod.get("securityContext.runAsNonRoot")).isEqualTo(true);
        assertThat(pod.number("securityContext.runAsUser")).isPositive();
        assertThat(pod.text("securityContext.seccompProfile.type")).isEqualTo("RuntimeDefault");
        assertThat(pod.get("automountServiceAccountToken")).isEqualTo(false);
        assertThat(pod.get("enableServiceLinks")).isEqualTo(false);
        assertThat(pod.has("hostNetwork") || pod.has("hostPID") || pod.has("hostIPC"))
                .isFalse();
        for (Chart.Node container : pod.list("containers")) {
            assertThat(container.get("securityContext.allowPrivilegeEscalation"))
                    .isEqualTo(false);
            assertThat(container.get("securityContext.readOnlyRootFilesystem")).isEqualTo(true);
            assertThat(container.get("securityContext.capabilities.drop")).isEqualTo(List.of("ALL"));
            assertThat(container.text("resources.requests.memory")).isNotEmpty();
            assertThat(container.text("resources.limits.memory")).isNotEmpty();
        }
        for (Chart.Node volume : pod.list("volumes")) {
            assertThat(volume.has("emptyDir") || volume.has("secret") || volume.has("projected"))
                    .as(volume.text("name"))
                    .isTrue();
        }
    }

    @Test
    void extensions_areWhatTheirOperatorsRead() {
        Chart.Manifests rendered = Chart.render(Chart.CASES.resolve("everything.yaml"));
        Chart.Node route = rendered.only("HTTPRoute");
        Chart.Node rule = route.list("spec.rules").get(0);
        assertThat(rule.map("timeouts")).isEqualTo(Map.of("request", "0s", "backendRequest", "0s"));
        assertThat(rule.list("backendRefs").get(0).number("port")).isEqualTo(443);
        Chart.Node endpoint =
                rendered.only("ServiceMonitor").list("spec.endpoints").get(0);
        assertThat(rule.fields()).containsExactlyInAnyOrder("matches", "timeouts", "backendRefs");
        assertThat(endpoint.fields())
                .containsExactlyInAnyOrder("port", "path", "interval", "scheme", "tlsConfig", "relabelings");
        assertThat(endpoint.text("port")).isEqualTo("management");
        assertThat(endpoint.text("path")).isEqualTo("/metrics");
        assertThat(endpoint.text("scheme")).isEqualTo("https");
        // The alerts ask for this job.
        assertThat(endpoint.list("relabelings").get(0).text("targetLabel")).isEqualTo("job");
        assertThat(endpoint.list("relabelings").get(0).text("replacement")).isEqualTo("tailrace");
    }

    @Test
    void alertsAndDashboard_areTheFilesThemselves() throws Exception {
        Chart.Manifests rendered = Chart.render(Chart.CASES.resolve("everything.yaml"));
        List<Chart.Node> rules =
                rendered.only("PrometheusRule").list("spec.groups").get(0).list("rules");
        List<Alerts.Alert> alerts = Alerts.read().all();
        assertThat(rules).hasSameSizeAs(alerts);
        for (int i = 0; i < rules.size(); i++) {
            assertThat(rules.get(i).text("alert")).isEqualTo(alerts.get(i).name());
            assertThat(rules.get(i).text("expr")).isEqualTo(alerts.get(i).expression());
            assertThat(rules.get(i).text("annotations.description"))
                    .isEqualTo(alerts.get(i).annotations().get("description"));
            assertThat(rules.get(i).text("annotations.runbook_url"))
                    .isEqualTo("https://wiki.example.com/tailrace#"
                            + alerts.get(i).name().toLowerCase(Locale.ROOT));
        }
        Chart.Node dashboard = rendered.named("ConfigMap", "logs-tailrace-dashboard");
        assertThat(new JsonObject((String) dashboard.map("data").get("tailrace.json")))
                .isEqualTo(GrafanaDashboard.read().json());
        assertThat(dashboard.map("metadata.labels")).containsEntry("grafana_dashboard", "1");
    }
}
