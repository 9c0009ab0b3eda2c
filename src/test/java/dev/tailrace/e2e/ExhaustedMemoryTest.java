package dev.tailrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.testing.BrokerProcess;
import dev.tailrace.testing.RawSocket;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker that was started without the JVM's options of the image ends all the same when its memory is exhausted. */
class ExhaustedMemoryTest {

    private static final int EXIT_CODE = 3;
    private static final int MIB = 1024 * 1024;

    @TempDir
    Path folder;

    @Test
    void heapThatIsExhausted_endsTheProcess_withOneLine() throws Exception {
        try (BrokerProcess broker = BrokerProcess.in(folder)
                .jvm(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx48m"))
                .settings("--event-loops", "2", "--ring-bytes", "1GiB")
                .start()) {
            HttpClient http = HttpClient.newHttpClient();
            String lines = ("x".repeat(60_000) + "\n").repeat(MIB / 60_000);
            for (int i = 0; i < 200 && broker.isAlive(); i++) {
                try {
                    http.send(
                            HttpRequest.newBuilder(broker.uri("/api/v1/devices/d" + i + "/logs"))
                                    .header("Content-Type", "text/plain")
                                    .timeout(Duration.ofSeconds(20))
                                    .POST(BodyPublishers.ofString(lines))
                                    .build(),
                            BodyHandlers.discarding());
                } catch (IOException ended) {
                    // the process has ended, as the test expects
                }
            }
            assertThat(broker.exitCode()).isEqualTo(EXIT_CODE);
            assertThat(broker.output()).containsOnlyOnce("The heap is exhausted");
        }
    }

    @Test
    void directMemoryThatStaysExhausted_endsTheProcess_withOneLine() {
        try (BrokerProcess broker = BrokerProcess.in(folder)
                .jvm(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx64m", "-XX:MaxDirectMemorySize=300k"))
                .settings("--event-loops", "2")
                .start()) {
            List<RawSocket> peers = new ArrayList<>();
            for (int i = 0; i < 40 && broker.isAlive(); i++) {
                peers.add(new RawSocket(broker.port()).write("GET /api/v1/limits HTTP/1.1\r\nHost: localhost\r\n\r\n"));
            }
            assertThat(broker.exitCode()).isEqualTo(EXIT_CODE);
            assertThat(broker.output()).containsOnlyOnce("Memory outside the heap stays exhausted");
            peers.forEach(RawSocket::close);
        }
    }
}
