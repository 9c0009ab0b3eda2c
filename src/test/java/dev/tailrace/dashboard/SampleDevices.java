package dev.tailrace.dashboard;

import dev.tailrace.testing.RunningBroker;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Lines of several devices that show every feature of the page. */
final class SampleDevices {

    /** Their merged view. */
    static final String ALL = "#device=camera-lyon&device=door-berlin-1&device=pump-oslo";

    private static final long TIME = 1_763_820_000_000L;

    private SampleDevices() {}

    static void write(RunningBroker broker) {
        JsonObject[] door = {
            line(0, "-- Boot 7d1c0e5ab2f14f8e --").put("system", true),
            line(210, "Starting service door, release 4.2.1").put("system", true),
            line(
                            900,
                            "{\"level\":\"info\",\"msg\":\"listening\",\"port\":8080,\"tls\":true,\"routes\":[\"/open\",\"/state\"]}")
                    .put("service", "api"),
            line(1300, "\u001b[32m✔\u001b[0m lock \u001b[1mfront\u001b[22m answers in \u001b[36m12 ms\u001b[0m")
                    .put("service", "lock"),
            line(1420, "GET /state \u001b[32m200\u001b[0m 3 ms").put("service", "api"),
            line(1980, "\u001b[33mbattery at 18 %\u001b[0m, \u001b[4mcharging\u001b[24m is advised")
                    .put("service", "lock")
                    .put("level", "warn"),
            line(2600, "GET /state \u001b[32m200\u001b[0m 2 ms").put("service", "api"),
            line(3100, "\u001b[41;97m ALARM \u001b[0m \u001b[7mdoor held open\u001b[27m for 31 s")
                    .put("service", "lock")
                    .put("level", "error"),
        };
        JsonObject[] pump = {
            line(400, "pressure 2.31 bar, flow 14.2 l/min").put("service", "sensor"),
            line(
                            1500,
                            "cannot reach upstream: timed out after 30 ms\n\tat pump.Link.read(Link.java:48)\n"
                                    + "\tat pump.Link.run(Link.java:17)\nCaused by: java.net.SocketTimeoutException: no answer\n\t... 7 more")
                    .put("service", "uplink")
                    .put("stream", "stderr")
                    .put("level", "error"),
            line(2200, "pressure 2.29 bar, flow 14.0 l/min").put("service", "sensor"),
            line(2900, "WARN  retrying in 4 s").put("service", "uplink").put("stream", "stderr"),
            line(3300, "[debug] queue has 12 entries, oldest 340 ms").put("service", "uplink"),
        };
        JsonObject[] camera = {
            line(700, "frame 10421 encoded in 7 ms").put("service", "encoder"),
            line(1700, "Applied configuration change 12").put("system", true),
            line(2400, "{\"level\":\"warn\",\"msg\":\"dropped frames\",\"count\":3,\"since\":\"2025-11-22T14:00:01Z\"}")
                    .put("service", "encoder"),
            line(3000, "frame 10444 encoded in 9 ms").put("service", "encoder"),
        };
        List<Said> all = new ArrayList<>();
        Stream.of(door).forEach(line -> all.add(new Said("door-berlin-1", line)));
        Stream.of(pump).forEach(line -> all.add(new Said("pump-oslo", line)));
        Stream.of(camera).forEach(line -> all.add(new Said("camera-lyon", line)));
        all.sort(Comparator.comparing(said -> said.line.getLong("timestamp")));
        all.forEach(said -> broker.store(said.device, said.line));
        broker.say("door-berlin-2", "idle");
        for (String device : new String[] {"door-berlin-1", "door-berlin-2"}) {
            broker.request("PUT", "/api/v1/devices/" + device + "/fleet", "{\"fleet\":\"berlin\"}");
        }
    }

    /** A line or two more of some of them. */
    static void beat(RunningBroker broker, int i) {
        broker.store(
                "pump-oslo",
                line(3400 + i * 130, "pressure 2.%02d bar, flow 14.%d l/min".formatted(30 + i % 9, i % 10))
                        .put("service", "sensor"));
        if (i % 3 == 0) {
            broker.store(
                    "camera-lyon",
                    line(3450 + i * 130, "frame %d encoded in %d ms".formatted(10444 + i, 6 + i % 5))
                            .put("service", "encoder"));
        }
        if (i % 5 == 0) {
            broker.store(
                    "door-berlin-1",
                    line(3500 + i * 130, "GET /state \u001b[32m200\u001b[0m %d ms".formatted(2 + i % 4))
                            .put("service", "api"));
        }
    }

    private record Said(String device, JsonObject line) {}

    private static JsonObject line(int millis, String message) {
        return new JsonObject().put("message", message).put("timestamp", TIME + millis);
    }
}
