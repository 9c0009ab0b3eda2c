package dev.tailrace.perf;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** How long a broker takes from the start of its process to its first answer that it is ready. */
final class Start {

    private static final HttpClient client =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private static final long LIMIT = TimeUnit.SECONDS.toNanos(20);

    private Start() {}

    static JsonObject plain(Running running, TestBed course, Pace pace) throws IOException, InterruptedException {
        return measure(running, course, List.of());
    }

    static JsonObject archived(Running running, TestBed course, Pace pace) throws IOException, InterruptedException {
        Path aot = course.jar().resolveSibling("tailrace.aot");
        Path cds = course.jar().resolveSibling("tailrace.jsa");
        if (Files.exists(aot)) {
            return measure(running, course, List.of("-XX:AOTCache=" + aot));
        }
        return Files.exists(cds) ? measure(running, course, List.of("-XX:SharedArchiveFile=" + cds)) : new JsonObject();
    }

    static JsonObject archivedOnAllCores(Running running, TestBed course, Pace pace)
            throws IOException, InterruptedException {
        return archived(running, course.onAllCores(), pace);
    }

    private static JsonObject measure(Running running, TestBed course, List<String> flags)
            throws IOException, InterruptedException {
        long begin = System.nanoTime();
        try (Running started = running.contender().restart(course.with(flags), running.redisPort())) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(started.managementUrl() + "/health/ready"))
                    .timeout(Duration.ofSeconds(2))
                    .build();
            while (client.send(request, BodyHandlers.discarding()).statusCode() != 200) {
                if (System.nanoTime() - begin > LIMIT) {
                    throw new IOException("not ready in time");
                }
                Thread.sleep(2);
            }
            double millis = (System.nanoTime() - begin) / 1e6;
            return new JsonObject().put("start", new JsonObject().put("readyMillis", millis));
        }
    }
}
