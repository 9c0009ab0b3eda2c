package dev.tailrace.perf;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** The medians of what was measured. */
final class Figures {

    private final Map<String, JsonObject> scenarios;

    /** @param scenarios what {@link Contest} measured, by scenario */
    Figures(Map<String, JsonObject> scenarios) {
        this.scenarios = scenarios;
    }

    Collection<JsonObject> scenarios() {
        return scenarios.values();
    }

    /** @param path of a number in a measurement, with dots between names */
    OptionalDouble median(String scenario, String name, ServerUnderTest contender, String path) {
        JsonObject measured = scenarios.get(scenario);
        JsonArray all = measured == null
                ? null
                : measured.getJsonObject("cases")
                        .getJsonObject(name, new JsonObject())
                        .getJsonArray(contender.name());
        return all == null ? OptionalDouble.empty() : median(all, path);
    }

    static OptionalDouble median(JsonArray measurements, String path) {
        double[] values = measurements.stream()
                .map(one -> at((JsonObject) one, path))
                .filter(OptionalDouble::isPresent)
                .mapToDouble(OptionalDouble::getAsDouble)
                .sorted()
                .toArray();
        if (values.length == 0) {
            return OptionalDouble.empty();
        }
        int middle = values.length / 2;
        return OptionalDouble.of(values.length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2);
    }

    private static OptionalDouble at(JsonObject measurement, String path) {
        Object value = measurement;
        for (String name : path.split("\\.")) {
            value = value instanceof JsonObject object ? object.getValue(name) : null;
        }
        return value instanceof Number number ? OptionalDouble.of(number.doubleValue()) : OptionalDouble.empty();
    }

    /** How many measurements were what they should be, of how many. */
    static String clean(JsonArray measurements) {
        long clean = measurements.stream()
                .map(one -> ((JsonObject) one).getJsonObject("checks"))
                .filter(checks -> checks == null || checks.getBoolean("clean"))
                .count();
        return clean == measurements.size() ? "yes" : clean + "/" + measurements.size();
    }

    /** One measurement in a line. */
    static String brief(JsonObject measurement) {
        if (measurement.containsKey("failed")) {
            return "FAILED: " + measurement.getString("failed");
        }
        var line = new StringBuilder();
        for (String path : Arrays.asList(
                "server.deliveriesPerCpuSecond",
                "server.linesPerCpuSecond",
                "server.microsPerLine",
                "latencyMicros.p99",
                "server.rssPerConnection",
                "storage.bytesPerRing",
                "storage.ratio",
                "start.readyMillis",
                "server.utilisation",
                "client.utilisation")) {
            at(measurement, path)
                    .ifPresent(value -> line.append(String.format(
                            Locale.ROOT,
                            value < 10 ? "%s %.2f  " : "%s %,.0f  ",
                            path.substring(path.indexOf('.') + 1),
                            value)));
        }
        JsonObject checks = measurement.getJsonObject("checks");
        return line + (checks == null || checks.getBoolean("clean") ? "" : "NOT CLEAN " + checks.encode());
    }
}
