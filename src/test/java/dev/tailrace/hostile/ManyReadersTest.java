package dev.tailrace.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.testing.BrokerProcess;
import dev.tailrace.testing.Require;
import java.io.BufferedReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Twenty thousand readers, or as many as there are file descriptors for: each gets each line, and costs little. */
@Tag("long")
final class ManyReadersTest {

    private static final int READERS = 20_000;

    /** Files that broker and crowd need besides. */
    private static final int SPARE_FILES = 600;

    private static final int HEAP_MIB = 410; // as the chart has it
    private static final int MOST_KIB_PER_READER = 32;

    @Test
    void readers_costLittle_andAllHear() throws Exception {
        int readers = (int) Math.min(READERS, SilentCrowdTest.fileLimit() - SPARE_FILES);
        Require.that(readers > 0, "needs more than " + SPARE_FILES + " open files");
        try (BrokerProcess broker = HostileTools.broker("readers", HEAP_MIB).start()) {
            say(broker, "before");
            long before = broker.residentMiB();
            Process crowd =
                    HostileTools.java(ReaderCrowd.class, "" + broker.port(), "" + readers, "many", "to all of you");
            try (BufferedReader said = crowd.inputReader(StandardCharsets.UTF_8)) {
                assertThat(line(said)).isEqualTo("reading " + readers);
                long during = broker.residentMiB();
                long began = System.nanoTime();
                say(broker, "to all of you");
                assertThat(line(said)).isEqualTo("received " + readers);
                long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
                long kib = (during - before) * 1024 / readers;
                HostileTools.figures(
                        readers + " readers",
                        kib + " KiB of resident memory each, the JVM's growth included; a line was with the last after "
                                + millis + " ms; at most " + broker.mostResidentMiB() + " MiB");
                assertThat(kib).isLessThan(MOST_KIB_PER_READER);
                assertThat(broker.management("/health/live").statusCode()).isEqualTo(200);
            } finally {
                crowd.destroyForcibly().waitFor();
            }
        }
    }

    private static String line(BufferedReader said) throws Exception {
        return CompletableFuture.supplyAsync(() -> said.lines().findFirst().orElse("the end"))
                .get(120, TimeUnit.SECONDS);
    }

    private static void say(BrokerProcess broker, String message) throws Exception {
        HttpRequest post = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + broker.port() + "/api/v1/devices/many/logs"))
                .header("Content-Type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofString(message + "\n"))
                .build();
        assertThat(HttpClient.newHttpClient()
                        .send(post, HttpResponse.BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(202);
    }
}
