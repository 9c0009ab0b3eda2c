package dev.tailrace.cli;

import static dev.tailrace.cli.ScriptedBroker.body;
import static dev.tailrace.cli.ScriptedBroker.problem;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class DevicesTest {

    private final TestConsole console = TestConsole.withInput("");

    @Test
    void devices_areATable() throws Exception {
        String json = "{\"devices\":[{\"device\":\"lamp\",\"fleet\":\"home\",\"online\":true,\"lastSeen\":"
                + (System.currentTimeMillis() - 7_205_000)
                + ",\"watchers\":12,\"connections\":1,\"linesPerSecond\":3.2},"
                + "{\"device\":\"a-long-name\",\"online\":false,\"lastSeen\":null,\"watchers\":0,\"linesPerSecond\":0.0}]}";
        try (ScriptedBroker broker = ScriptedBroker.answering(body("application/json", json))) {
            assertThat(Main.run(console.console(), "devices", "--url", broker.url() + "/"))
                    .isZero();
            assertThat(console.outLines())
                    .containsExactly(
                            "DEVICE       FLEET  ONLINE  LAST SEEN  LINES/S  WATCHERS",
                            "lamp         home   yes     2h ago         3.2        12",
                            "a-long-name  -      no      -              0.0         0");
            assertThat(broker.asked).containsExactly("/api/v1/devices");
        }
    }

    @Test
    void pages_areAllAskedFor_andMakeOneTable() throws Exception {
        String first = "{\"devices\":[{\"device\":\"a\",\"online\":true}],\"version\":\"v\",\"next\":\"m.1\"}";
        String second = "{\"devices\":[],\"version\":\"v\",\"next\":\"x\"}";
        String third = "{\"devices\":[{\"device\":\"z\",\"online\":false}],\"version\":\"v\"}";
        try (ScriptedBroker broker = ScriptedBroker.answering(
                body("application/json", first), body("application/json", second), body("application/json", third))) {
            assertThat(Main.run(console.console(), "devices", "--fleet", "home", "--url", broker.url()))
                    .isZero();
            assertThat(console.outLines())
                    .hasSize(3)
                    .anyMatch(line -> line.startsWith("a "))
                    .anyMatch(line -> line.startsWith("z "));
            assertThat(broker.asked)
                    .containsExactly(
                            "/api/v1/devices?fleet=home",
                            "/api/v1/devices?fleet=home&after=m.1",
                            "/api/v1/devices?fleet=home&after=x");
        }
    }

    @Test
    void listing_onAFullDisk_fails() throws Exception {
        String json = "{\"devices\":[{\"device\":\"lamp\",\"online\":true}]}";
        try (ScriptedBroker broker =
                ScriptedBroker.answering(body("application/json", json), body("application/json", json))) {
            for (String[] options : new String[][] {{"devices"}, {"devices", "--json"}}) {
                TestConsole full = TestConsole.withDiskOf(20);
                List<String> args = new ArrayList<>(List.of(options));
                args.addAll(List.of("--url", broker.url()));
                assertThat(Main.run(full.console(), args.toArray(String[]::new)))
                        .isEqualTo(1);
                assertThat(full.err()).isEqualTo("tailrace: cannot write the output: No space left on device\n");
            }
        }
    }

    @Test
    void fleet_isAskedFor() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(body("application/json", "{\"devices\":[]}"))) {
            assertThat(Main.run(console.console(), "devices", "--fleet", "home", "--url", broker.url()))
                    .isZero();
            assertThat(broker.asked).containsExactly("/api/v1/devices?fleet=home");
        }
    }

    @Test
    void assign_movesTheDevice_andReportsWhenItCannot() throws Exception {
        List<String> methods = new CopyOnWriteArrayList<>();
        Handler<HttpServerRequest> done = request -> request.body().onSuccess(body -> {
            methods.add(request.method() + " " + body);
            request.response().setStatusCode(204).end();
        });
        try (ScriptedBroker broker = ScriptedBroker.answering(done, done, problem(429, "it is full"))) {
            String url = "--url=" + broker.url();
            assertThat(Main.run(console.console(), "devices", "assign", "lamp", "home", url))
                    .isZero();
            assertThat(Main.run(console.console(), "devices", "assign", "lamp", url))
                    .isZero();
            assertThat(Main.run(console.console(), "devices", "assign", "lamp", "a/b", url))
                    .isEqualTo(2);
            assertThat(Main.run(console.console(), "devices", "assign", "lamp", "home", url))
                    .isEqualTo(1);
            assertThat(methods).containsExactly("PUT {\"fleet\":\"home\"}", "DELETE ");
            assertThat(broker.asked).hasSize(3).containsOnly("/api/v1/devices/lamp/fleet");
            assertThat(console.err()).contains("tailrace devices assign: it is full (HTTP 429)\n");
        }
    }

    @Test
    void json_isTheUnchangedAnswer() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(body("application/json", "{\"devices\":[]}"))) {
            assertThat(Main.run(console.console(), "devices", "--json", "--url", broker.url()))
                    .isZero();
            assertThat(console.out()).isEqualTo("{\"devices\":[]}\n");
        }
    }

    @Test
    void refusal_failsWithItsReason() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(problem(503, "storage is unavailable"))) {
            assertThat(Main.run(console.console(), "devices", "--url", broker.url()))
                    .isEqualTo(1);
            assertThat(console.err()).isEqualTo("tailrace devices: storage is unavailable (HTTP 503)\n");
        }
    }

    @Test
    void absentBroker_fails() {
        assertThat(Main.run(console.console(), "devices", "--url", "http://127.0.0.1:1"))
                .isEqualTo(1);
        assertThat(console.err()).isEqualTo("tailrace devices: cannot connect\n");
    }

    @Test
    void answerWithoutDevices_fails() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(body("application/json", "{}"))) {
            assertThat(Main.run(console.console(), "devices", "--url", broker.url()))
                    .isEqualTo(1);
        }
    }
}
