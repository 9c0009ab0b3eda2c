package dev.tailrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.Processes;
import dev.tailrace.testing.Require;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.TestAuthority;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** curl over HTTP/2, within TLS and without. */
class CurlHttp2Test {

    private static final String LOGS = "/api/v1/devices/d/logs";

    @TempDir
    Path folder;

    private String curl(String arguments) throws Exception {
        Path output = folder.resolve("output");
        Files.deleteIfExists(output);
        Process curl = Processes.start(List.of("sh", "-c", "curl -sS -m 20 " + arguments), folder, output);
        assertThat(curl.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return Files.readString(output);
    }

    private void sendAndRead(RunningBroker broker, String options) throws Exception {
        String url = broker.uri(LOGS).toString();
        Files.writeString(folder.resolve("a.log"), "hello\n".repeat(300_000));

        assertThat(curl(options + " -T a.log -w ' %{http_version}' " + url))
                .isEqualTo("{\"received\":300000,\"stored\":300000,\"deduplicated\":0,\"rejected\":0} 2");
        assertThat(curl(options + " -w '%{http_version}' " + url + "?format=text")
                        .lines())
                .hasSize(1001)
                .last()
                .isEqualTo("2");
        assertThat(curl(options + " -N -m 2 '" + url + "/stream?tail=3' 2>&1")
                        .lines()
                        .filter(line -> line.startsWith("data: {\"id\"")))
                .hasSize(3);
    }

    @Test
    void withinTls_itIsSpoken() throws Exception {
        Require.program("curl");
        TestAuthority authority = new TestAuthority();
        authority.file(folder);
        try (RunningBroker broker = RunningBroker.start(authority, folder, Map.of())) {
            sendAndRead(broker, "--cacert ca.pem");
        }
    }

    @Test
    void withoutTls_itIsSpokenAtOnce() throws Exception {
        Require.program("curl");
        try (RunningBroker broker = RunningBroker.start(Map.of(Setting.HTTP2_CLEARTEXT, "true"))) {
            sendAndRead(broker, "--http2-prior-knowledge");
        }
    }

    @Test
    void withoutTls_itIsChangedTo() throws Exception {
        Require.program("curl");
        try (RunningBroker broker = RunningBroker.start(Map.of(Setting.HTTP2_CLEARTEXT, "true"))) {
            broker.say("d", "one", "two");
            assertThat(curl("--http2 -w ' %{http_version}' " + broker.uri(LOGS) + "?format=text"))
                    .contains("one", "two")
                    .endsWith(" 2");
        }
    }
}
