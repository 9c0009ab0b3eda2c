package dev.tailrace.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.testing.TestReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * An ordinary device and its reader, beside an attack, and clients that connect meanwhile. Each line has to come on one unbroken stream, and
 * each new client has to be served; how long that takes is reported, and is no reason to fail.
 */
final class Bystander implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final String url;
    private final @Nullable SSLContext tls;
    private final HttpClient http;
    private final TestReader reader;
    private final List<Long> lineMillis = new ArrayList<>();
    private final List<Long> newcomerMillis = new ArrayList<>();

    /** @param tls with which it connects, or null */
    Bystander(int port, @Nullable SSLContext tls) throws Exception {
        this.url = (tls == null ? "http" : "https") + "://127.0.0.1:" + port;
        this.tls = tls;
        this.http = client();
        this.reader = TestReader.open(port, tls, "bystander");
    }

    private HttpClient client() {
        HttpClient.Builder builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE);
        return tls == null ? builder.build() : builder.sslContext(tls).build();
    }

    /** Sends a line, and waits until the reader has it. */
    void say() throws Exception {
        long began = System.nanoTime();
        String message = "line " + lineMillis.size();
        HttpRequest post = HttpRequest.newBuilder(URI.create(url + "/api/v1/devices/bystander/logs"))
                .header("Content-Type", "text/plain")
                .timeout(PATIENCE)
                .POST(HttpRequest.BodyPublishers.ofString(message + "\n"))
                .build();
        assertThat(http.send(post, HttpResponse.BodyHandlers.ofString()).statusCode())
                .isEqualTo(202);
        assertThat(reader.messages(lineMillis.size() + 1))
                .as("the lines of the bystander")
                .endsWith(message);
        lineMillis.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
    }

    /** Connects anew, and asks for something small. */
    void come() throws Exception {
        long began = System.nanoTime();
        HttpRequest small = HttpRequest.newBuilder(URI.create(url + "/api/v1/limits"))
                .timeout(PATIENCE)
                .build();
        assertThat(client().send(small, HttpResponse.BodyHandlers.ofString()).statusCode())
                .as("the newcomer's answer")
                .isEqualTo(200);
        newcomerMillis.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
    }

    /** The times that it measured. */
    String figures() {
        return "lines: " + summary(lineMillis) + "; newcomers: " + summary(newcomerMillis);
    }

    private static String summary(List<Long> millis) {
        if (millis.isEmpty()) {
            return "none";
        }
        List<Long> sorted = new ArrayList<>(millis);
        Collections.sort(sorted);
        return sorted.size() + ", median " + sorted.get(sorted.size() / 2) + " ms, p99 "
                + sorted.get((int) Math.min(sorted.size() - 1L, sorted.size() * 99L / 100)) + " ms";
    }

    @Override
    public void close() {
        reader.close();
    }
}
