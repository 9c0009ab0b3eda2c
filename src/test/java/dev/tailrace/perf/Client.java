package dev.tailrace.perf;

import dev.tailrace.bench.Bench;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;

/** The load command, inside this process, so that only its first run is a cold one. */
final class Client {

    private Client() {}

    static JsonObject load(Running running, Pace pace, List<String> options) throws IOException {
        List<String> all = new ArrayList<>(options);
        all.addAll(List.of("--warmup", pace.warmup().toMillis() + "ms"));
        all.addAll(List.of("--duration", pace.duration().toMillis() + "ms"));
        return run(running, all);
    }

    static JsonObject run(Running running, List<String> options) throws IOException {
        List<String> all = new ArrayList<>(running.loadOptions());
        all.addAll(options);
        all.add("--json");
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        var command = new CommandLine(new Bench(print(out), print(err), false));
        command.setErr(new java.io.PrintWriter(err, true, StandardCharsets.UTF_8));
        command.execute(all.toArray(String[]::new));
        String report = out.toString(StandardCharsets.UTF_8);
        if (!report.startsWith("{")) {
            throw new IOException("no measurement: "
                    + err.toString(StandardCharsets.UTF_8).lines().findFirst().orElse(report));
        }
        return new JsonObject(report);
    }

    private static PrintStream print(ByteArrayOutputStream to) {
        return new PrintStream(to, true, StandardCharsets.UTF_8);
    }
}
