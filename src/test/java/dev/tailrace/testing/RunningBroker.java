package dev.tailrace.testing;

import static java.util.concurrent.TimeUnit.SECONDS;

import dev.tailrace.config.Setting;
import dev.tailrace.config.Settings;
import dev.tailrace.server.BrokerServer;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Collectors;

/** A whole broker on free ports with its rings in memory, and the simplest ways to speak to it. */
public final class RunningBroker implements AutoCloseable {

    private final BrokerServer server;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private RunningBroker(BrokerServer server) {
        this.server = server;
    }

    public static RunningBroker start(Map<Setting, String> settings) {
        Map<Setting, String> all = new EnumMap<>(Setting.class);
        all.put(Setting.PORT, "0");
        all.put(Setting.MANAGEMENT_PORT, "0");
        all.put(Setting.EVENT_LOOPS, "2");
        all.put(Setting.DRAIN_TIME, "1s");
        all.putAll(settings);
        return new RunningBroker(await(BrokerServer.start(Settings.read(all))));
    }

    public static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(30, SECONDS);
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    public int port() {
        return server.port();
    }

    public BrokerServer server() {
        return server;
    }

    public URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port() + path);
    }

    /** @param headers name, value, name, value */
    public HttpResponse<String> get(String path, String... headers) {
        return send(HttpRequest.newBuilder(uri(path)), headers);
    }

    public HttpResponse<String> delete(String path) {
        return send(HttpRequest.newBuilder(uri(path)).DELETE());
    }

    public HttpResponse<String> request(String method, String path, String body, String... headers) {
        return send(HttpRequest.newBuilder(uri(path)).method(method, BodyPublishers.ofString(body)), headers);
    }

    private HttpResponse<String> send(HttpRequest.Builder request, String... headers) {
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return http.send(request.timeout(Duration.ofSeconds(30)).build(), BodyHandlers.ofString());
        } catch (IOException | InterruptedException failed) {
            throw new AssertionError(failed);
        }
    }

    /** Stores lines that are nothing but their message. */
    public void say(String device, String... messages) {
        store(
                device,
                Arrays.stream(messages)
                        .map(message -> new JsonObject().put("message", message))
                        .toArray(JsonObject[]::new));
    }

    public void store(String device, JsonObject... lines) {
        String body = Arrays.stream(lines).map(JsonObject::encode).collect(Collectors.joining("\n"));
        HttpResponse<String> answer =
                request("POST", "/api/v1/devices/" + device + "/logs", body, "Content-Type", "application/x-ndjson");
        if (answer.statusCode() != 202 || new JsonObject(answer.body()).getInteger("stored") != lines.length) {
            throw new AssertionError(answer.statusCode() + " " + answer.body());
        }
    }

    /** The sum of all samples whose line begins so, for example {@code tailrace_subscribers{}. */
    public double metric(String prefix) {
        try {
            URI metrics = URI.create("http://127.0.0.1:" + server.managementPort() + "/metrics");
            return http.send(HttpRequest.newBuilder(metrics).build(), BodyHandlers.ofLines())
                    .body()
                    .filter(line -> line.startsWith(prefix))
                    .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                    .sum();
        } catch (IOException | InterruptedException failed) {
            throw new AssertionError(failed);
        }
    }

    @Override
    public void close() {
        await(server.stop());
    }
}
