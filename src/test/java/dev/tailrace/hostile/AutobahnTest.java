package dev.tailrace.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.server.EchoServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The Autobahn test suite's fuzzing client against a server with the broker's options. It needs an echo, which the broker has
 * no route for; {@link BrokenFramesTest} sends similar frames to the broker's own routes.
 *
 * <p>Left out: group 9, which measures throughput with messages of up to 16 MiB; groups 12 and 13, because the broker agrees to
 * no compression; and {@link #NO_UTF8}.
 */
@Tag("long")
final class AutobahnTest {

    /** Text that is no UTF-8, which the suite wants refused: the broker replaces what is none, rather than lose a device. */
    private static final List<String> NO_UTF8 = List.of(
            "6.3.*", "6.4.*", "6.6.1", "6.6.3", "6.6.4", "6.6.6", "6.6.8", "6.6.10", "6.8.*", "6.10.*", "6.11.5",
            "6.12.*", "6.13.*", "6.14.*", "6.15.*", "6.16.*", "6.17.*", "6.18.*", "6.19.*", "6.20.*", "6.21.*");

    private static final List<String> LEFT_OUT = List.of("9.*", "12.*", "13.*");

    private static final List<String> FINE = List.of("OK", "NON-STRICT", "INFORMATIONAL");

    @Test
    void fuzzingClient_findsNoFailure() throws Exception {
        Path directory = HostileTools.directory("autobahn");
        Path suite = HostileTools.jar("autobahntestsuite.jar");
        Path jython = HostileTools.jar("jython.jar");
        Path report = directory.resolve("reports").resolve("index.json");
        Files.deleteIfExists(report);
        try (EchoServer server = new EchoServer()) {
            Path script = Files.writeString(directory.resolve("run.py"), script(server.port()));
            HostileTools.run(
                    directory,
                    240,
                    List.of(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Dpython.cachedir.skip=true",
                            "-cp",
                            suite + File.pathSeparator + jython,
                            "org.python.util.jython",
                            script.toString()));
        }
        assertThat(report).as(HostileTools.output(directory)).exists();
        JsonObject cases = new JsonObject(Files.readString(report)).getJsonObject("broker");
        assertThat(cases.size()).as("cases that ran").isGreaterThan(160);
        Map<String, String> failures = new TreeMap<>();
        for (String name : cases.fieldNames()) {
            JsonObject result = cases.getJsonObject(name);
            String behavior = result.getString("behavior");
            String close = result.getString("behaviorClose");
            if (!FINE.contains(behavior) || !FINE.contains(close)) {
                failures.put(name, behavior + ", close " + close);
            }
        }
        assertThat(failures).isEmpty();
    }

    private static String script(int port) {
        JsonArray without = new JsonArray(new ArrayList<>(LEFT_OUT));
        NO_UTF8.forEach(without::add);
        JsonObject spec = new JsonObject()
                .put("outdir", "reports")
                .put(
                        "servers",
                        new JsonArray()
                                .add(new JsonObject().put("agent", "broker").put("url", "ws://127.0.0.1:" + port)))
                .put("cases", new JsonArray().add("*"))
                .put("exclude-cases", without)
                .put("exclude-agent-cases", new JsonObject());
        return "import json\nfrom autobahntestsuite import wstest\n"
                + "spec = json.loads('" + spec.encode() + "')\n"
                + "spec['failByDrop'] = False\n"
                + "wstest.start({'mode': 'fuzzingclient'}, spec)\n";
    }
}
