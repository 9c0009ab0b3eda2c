package dev.tailrace.perf;

import dev.tailrace.testing.RespClient;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Measures the memory of Redis for full rings, and the size of their entries as JSON. */
final class FullRings {

    private static final int DEVICES = 1000;
    private static final String PREFIX = "full-";

    private FullRings() {}

    static JsonObject measure(Running running, TestBed course, Pace pace) throws IOException, InterruptedException {
        long before = used(running);
        Client.run(
                running,
                List.of(
                        "--mode",
                        "join",
                        "--devices",
                        Integer.toString(DEVICES),
                        "--readers",
                        "1",
                        "--prefix",
                        PREFIX,
                        "--warmup",
                        "0ms",
                        "--duration",
                        "1ms",
                        "--window",
                        "64"));
        long perRing = (used(running) - before) / DEVICES;
        var storage = new JsonObject().put("bytesPerRing", perRing);
        if (running.contender() != ServerUnderTest.NCHAN_REDIS) {
            long json = json(running);
            storage.put("jsonBytes", json).put("ratio", (double) perRing / json);
        }
        return new JsonObject().put("storage", storage);
    }

    private static long used(Running running) {
        try (var redis = new RespClient("127.0.0.1", running.redisPort())) {
            String memory = String.valueOf(redis.call("INFO", "memory"));
            return memory.lines()
                    .filter(line -> line.startsWith("used_memory:"))
                    .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1)))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** The entries of one ring without their ids, which are not stored. */
    private static long json(Running running) throws IOException, InterruptedException {
        URI uri = URI.create(running.url() + "/api/v1/devices/" + PREFIX + "0/logs?limit=1000");
        HttpRequest request = HttpRequest.newBuilder(uri)
                .header("Accept", "application/x-ndjson")
                .build();
        String entries = HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
        return entries.lines()
                .map(line -> line.replaceFirst("\"id\":\"[^\"]*\",", ""))
                .mapToLong(line -> line.getBytes(StandardCharsets.UTF_8).length)
                .sum();
    }
}
