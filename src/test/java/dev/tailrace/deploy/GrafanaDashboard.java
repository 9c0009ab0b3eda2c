package dev.tailrace.deploy;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The dashboard, as it is in the one file that chart and compose file share. */
record GrafanaDashboard(JsonObject json) {

    static final Path FILE = Path.of("helm/tailrace/files/dashboard.json");

    static GrafanaDashboard read() {
        try {
            return new GrafanaDashboard(new JsonObject(Files.readString(FILE)));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    List<JsonObject> panels() {
        return objects(json.getJsonArray("panels"));
    }

    /** The queries of the panels, with the variables as Grafana fills them in when all is chosen. */
    List<String> expressions(String rateInterval) {
        List<String> all = new ArrayList<>();
        for (JsonObject panel : panels()) {
            for (JsonObject target : objects(panel.getJsonArray("targets", new JsonArray()))) {
                all.add(target.getString("expr")
                        .replace("$job", ".+")
                        .replace("$instance", ".+")
                        .replace("$__rate_interval", rateInterval));
            }
        }
        return all;
    }

    static List<JsonObject> objects(JsonArray array) {
        return array.stream().map(JsonObject.class::cast).toList();
    }
}
