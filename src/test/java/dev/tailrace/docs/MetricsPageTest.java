package dev.tailrace.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.config.Setting;
import dev.tailrace.http.ServerPort;
import dev.tailrace.metrics.Metrics;
import dev.tailrace.server.NodeMeters;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/OPERATIONS.md has one row for each metric, with its label and the label's values. */
@org.junit.jupiter.api.Tag("unit")
final class MetricsPageTest {

    private static final Pattern ROW =
            Pattern.compile("^\\| `(tailrace_[a-z_]+)` \\|(.*?)\\| (.*) \\|$", Pattern.MULTILINE);
    private static final Pattern NAME = Pattern.compile("\"(tailrace\\.[a-z.]+)\"");

    /** Every meter that there can be, with the values of its labels. */
    private static PrometheusMeterRegistry registry() {
        var registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        NodeMeters meters = NodeMeters.of(new Metrics(registry));
        for (ServerPort port : ServerPort.values()) {
            meters.server().connections(port, () -> 0);
        }
        meters.server().handshakesWaiting(() -> 0);
        meters.server().certificateExpires(1);
        meters.ingest().pendingBytes(() -> 0);
        meters.egress().pendingBytes(() -> 0);
        meters.storage().announcements(() -> 0, () -> 0);
        meters.storage().ofRedis();
        return registry;
    }

    private static List<MatchResult> rows() {
        return ROW.matcher(Document.of("docs/OPERATIONS.md").text()).results().toList();
    }

    @Test
    void metersOfThisTest_areAllThatThereAre() throws IOException {
        Set<String> written = new TreeSet<>();
        for (Path source : sources()) {
            String text = Files.readString(source);
            if (text.contains("Metrics metrics")) {
                NAME.matcher(text).results().forEach(match -> written.add(match.group(1)));
            }
        }
        Set<String> registered = registry().getMeters().stream()
                .map(meter -> meter.getId().getName())
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(registered).as("meters that registry() makes").isEqualTo(written);
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> all = Files.walk(Path.of("src/main/java"))) {
            return all.filter(file -> file.toString().endsWith(".java")).toList();
        }
    }

    @Test
    void everyMetric_hasOneRow_andEveryRowAMetric() {
        assertThat(rows().stream().map(row -> row.group(1)).toList())
                .as("rows of docs/OPERATIONS.md")
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(labels().keySet());
    }

    @Test
    void rows_haveTheLabel_andSayWhatItsValuesMean() {
        Map<String, Map<String, Set<String>>> labels = labels();
        Set<String> settings =
                Arrays.stream(Setting.values()).map(Setting::option).collect(Collectors.toSet());
        for (MatchResult row : rows()) {
            Map<String, Set<String>> expected = labels.getOrDefault(row.group(1), Map.of());
            assertThat(row.group(2).replace("`", "").trim())
                    .as("label of %s", row.group(1))
                    .isEqualTo(String.join(", ", expected.keySet()));
            for (String value : expected.values().stream().flatMap(Set::stream).toList()) {
                assertThat(settings.contains(value) || row.group(3).contains("`" + value + "`"))
                        .as("%s explains %s", row.group(1), value)
                        .isTrue();
            }
        }
    }

    /** The labels of each metric, by the name that Prometheus sees, and their values. */
    private static Map<String, Map<String, Set<String>>> labels() {
        Map<String, Map<String, Set<String>>> labels = new TreeMap<>();
        for (Meter meter : registry().getMeters()) {
            Map<String, Set<String>> ofMeter = labels.computeIfAbsent(name(meter), name -> new TreeMap<>());
            for (Tag tag : meter.getId().getTags()) {
                ofMeter.computeIfAbsent(tag.getKey(), key -> new TreeSet<>()).add(tag.getValue());
            }
        }
        return labels;
    }

    private static String name(Meter meter) {
        String name = meter.getId().getName().replace('.', '_');
        return switch (meter.getId().getType()) {
            case COUNTER -> name + "_total";
            case TIMER -> name + "_seconds";
            default -> name;
        };
    }

    @Test
    void namesOfRows_areWhatPrometheusScrapes() {
        String scrape = registry().scrape();
        assertThat(rows()).allSatisfy(row -> assertThat(scrape).contains("# TYPE " + row.group(1) + " "));
    }
}
