package dev.tailrace.deploy;

import static org.awaitility.Awaitility.await;

import dev.tailrace.testing.Ports;
import dev.tailrace.testing.Processes;
import dev.tailrace.testing.Require;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A real Prometheus on loopback that scrapes one broker each second, with our alerts loaded. */
final class Prometheus implements AutoCloseable {

    private static final String CONFIGURATION = """
            global: {scrape_interval: 1s, evaluation_interval: 1s}
            rule_files: [%s]
            scrape_configs:
              - job_name: tailrace
                static_configs: [{targets: ['127.0.0.1:%d']}]
            """;

    private final HttpClient http = HttpClient.newHttpClient();
    private final int port = Ports.free();
    private final Process process;

    /** @param folder of its own, for its configuration and data */
    Prometheus(Path folder, int scraped) throws IOException {
        Require.program("prometheus");
        Path configuration = folder.resolve("prometheus.yaml");
        Files.writeString(configuration, CONFIGURATION.formatted(Alerts.FILE.toAbsolutePath(), scraped));
        process = Processes.start(
                List.of(
                        "prometheus",
                        "--config.file=" + configuration,
                        "--storage.tsdb.path=" + folder.resolve("data"),
                        "--web.listen-address=127.0.0.1:" + port),
                folder,
                folder.resolve("prometheus.log"));
        await("Prometheus").atMost(Duration.ofSeconds(30)).until(this::isReady);
    }

    private boolean isReady() {
        try {
            return get("/-/ready").statusCode() == 200;
        } catch (IOException notYet) {
            return false;
        }
    }

    private HttpResponse<String> get(String path) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(10))
                .build();
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** The data of an answer of its API; a refusal is a failure that says why. */
    JsonObject ask(String path) {
        try {
            JsonObject answer = new JsonObject(get("/api/v1/" + path).body());
            if (!"success".equals(answer.getString("status"))) {
                throw new AssertionError(path + ": " + answer.getString("error"));
            }
            return answer.getJsonObject("data");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The series of an expression now; each has {@code metric} and {@code value}. */
    List<JsonObject> series(String expression) {
        String query = URLEncoder.encode(expression, StandardCharsets.UTF_8);
        return GrafanaDashboard.objects(ask("query?query=" + query).getJsonArray("result"));
    }

    /** The sum of an expression's series now; 0 when there is none. */
    double sum(String expression) {
        return series("sum(" + expression + ")").stream()
                .mapToDouble(one -> Double.parseDouble(one.getJsonArray("value").getString(1)))
                .sum();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
