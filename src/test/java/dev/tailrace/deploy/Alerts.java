package dev.tailrace.deploy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.Yaml;

/** The alerts, as they are in the one file that chart and compose file share. */
record Alerts(List<Alert> all) {

    static final Path FILE = Path.of("helm/tailrace/files/alerts.yaml");

    record Alert(String name, String expression, String severity, Map<String, String> annotations) {}

    static Alerts read() {
        try {
            return of(Files.readString(FILE));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @SuppressWarnings("unchecked")
    private static Alerts of(String yaml) {
        List<Alert> all = new ArrayList<>();
        Map<String, List<Map<String, Object>>> file = new Yaml().load(yaml);
        for (Map<String, Object> group : file.get("groups")) {
            for (Map<String, Object> rule : (List<Map<String, Object>>) group.get("rules")) {
                all.add(new Alert(
                        (String) rule.get("alert"),
                        (String) rule.get("expr"),
                        ((Map<String, String>) rule.get("labels")).get("severity"),
                        (Map<String, String>) rule.get("annotations")));
            }
        }
        return new Alerts(all);
    }

    List<String> names() {
        return all.stream().map(Alert::name).toList();
    }
}
