package dev.tailrace.cli;

import static dev.tailrace.cli.ScriptedBroker.body;
import static dev.tailrace.cli.ScriptedBroker.problem;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DevicesTest {

    private final TestConsole console = TestConsole.withInput("");

    @Test
    void devices_areATable() throws Exception {
        String json = "{\"devices\":[{\"device\":\"lamp\",\"online\":true,\"lastSeen\":"
                + (System.currentTimeMillis() - 7_205_000)
                + ",\"watchers\":12,\"connections\":1,\"linesPerSecond\":3.2},"
                + "{\"device\":\"a-long-name\",\"online\":false,\"lastSeen\":null,\"watchers\":0,\"linesPerSecond\":0.0}]}";
        try (ScriptedBroker broker = ScriptedBroker.answering(body("application/json", json))) {
            assertThat(Main.run(console.console(), "devices", "--url", broker.url() + "/"))
                    .isZero();
            assertThat(console.outLines())
                    .containsExactly(
                            "DEVICE       ONLINE  LAST SEEN  LINES/S  WATCHERS",
                            "lamp         yes     2h ago         3.2        12",
                            "a-long-name  no      -              0.0         0");
            assertThat(broker.asked).containsExactly("/api/v1/devices");
        }
    }

    @Test
    void json_isTheAnswerAsItIs() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(body("application/json", "{\"devices\":[]}"))) {
            assertThat(Main.run(console.console(), "devices", "--json", "--url", broker.url()))
                    .isZero();
            assertThat(console.out()).isEqualTo("{\"devices\":[]}\n");
        }
    }

    @Test
    void refusal_failsWithItsReason() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(problem(503, "storage is away"))) {
            assertThat(Main.run(console.console(), "devices", "--url", broker.url()))
                    .isEqualTo(1);
            assertThat(console.err()).isEqualTo("tailrace devices: storage is away (HTTP 503)\n");
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
