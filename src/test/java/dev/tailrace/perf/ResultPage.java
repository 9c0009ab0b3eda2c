package dev.tailrace.perf;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** The results as Markdown, and their place in a page that people write. */
final class ResultPage {

    static final String BEGIN = "<!-- results: written by make bench -->";
    static final String END = "<!-- end of results -->";

    private static final List<Column> COLUMNS = List.of(
            new Column("deliveries per CPU s", "server.deliveriesPerCpuSecond", 1),
            new Column("lines per CPU s", "server.linesPerCpuSecond", 1),
            new Column("µs of CPU per line", "server.microsPerLine", 1),
            new Column("with Redis: deliveries", "serverAndRedis.deliveriesPerCpuSecond", 1),
            new Column("lines", "serverAndRedis.linesPerCpuSecond", 1),
            new Column("p50 ms", "latencyMicros.p50", 1000),
            new Column("p99 ms", "latencyMicros.p99", 1000),
            new Column("KiB per connection", "server.rssPerConnection", 1024),
            new Column("peak MiB", "server.rssMax", 1 << 20),
            new Column("Redis KiB per ring", "storage.bytesPerRing", 1024),
            new Column("× its JSON", "storage.ratio", 1),
            new Column("ready after ms", "start.readyMillis", 1),
            new Column("server busy", "server.utilisation", 1),
            new Column("client busy", "client.utilisation", 1));

    private record Column(String title, String path, double unit) {}

    private ResultPage() {}

    /** Puts the results between the markers of a page. */
    static String into(String page, String results) {
        int from = page.indexOf(BEGIN);
        int to = page.indexOf(END);
        if (from < 0 || to < from) {
            throw new IllegalArgumentException("the page lacks the line " + BEGIN + " or " + END);
        }
        return page.substring(0, from + BEGIN.length()) + "\n\n" + results + "\n" + page.substring(to);
    }

    static String results(Figures figures, List<String> facts) {
        List<String> lines = new ArrayList<>();
        facts.forEach(fact -> lines.add("- " + fact));
        lines.addAll(List.of("", "| | target | measured | |", "|---|---|---:|---|"));
        for (Target target : Target.all()) {
            lines.add(String.format(
                    "| %s | %s | %s | %s |",
                    target.scenario(), target.text(), target.measured(figures), target.verdict(figures)));
        }
        figures.scenarios().forEach(scenario -> addScenario(lines, scenario));
        return String.join("\n", lines) + "\n";
    }

    private static void addScenario(List<String> lines, JsonObject scenario) {
        lines.addAll(List.of("", "**" + scenario.getString("scenario") + "**: " + scenario.getString("title"), ""));
        List<Column> columns =
                COLUMNS.stream().filter(column -> isUsed(scenario, column)).toList();
        var head = new StringBuilder("| | |");
        var rule = new StringBuilder("|---|---|");
        columns.forEach(column -> {
            head.append(' ').append(column.title()).append(" |");
            rule.append("---:|");
        });
        lines.add(head + " clean |");
        lines.add(rule + "---|");
        scenario.getJsonObject("cases")
                .forEach(one -> addCase(lines, one.getKey(), (JsonObject) one.getValue(), columns));
    }

    private static boolean isUsed(JsonObject scenario, Column column) {
        return scenario.getJsonObject("cases").stream()
                .flatMap(one -> ((JsonObject) one.getValue()).stream())
                .anyMatch(all -> Figures.median((JsonArray) all.getValue(), column.path())
                                .orElse(0)
                        > 0);
    }

    private static void addCase(List<String> lines, String name, JsonObject byContender, List<Column> columns) {
        byContender.forEach(entry -> {
            JsonArray all = (JsonArray) entry.getValue();
            var row = new StringBuilder("| " + name + " | "
                    + ServerUnderTest.valueOf(entry.getKey()).title() + " |");
            for (Column column : columns) {
                OptionalDouble value = Figures.median(all, column.path());
                row.append(' ')
                        .append(value.isPresent() ? number(value.getAsDouble() / column.unit()) : "")
                        .append(" |");
            }
            lines.add(row + " " + Figures.clean(all) + " |");
        });
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value < 100 ? "%.2f" : "%,.0f", value);
    }
}
