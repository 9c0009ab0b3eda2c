package dev.tailrace.testing;

import dev.tailrace.auth.Authenticator;
import dev.tailrace.auth.Fleets;
import dev.tailrace.config.Setting;
import dev.tailrace.config.Settings;
import dev.tailrace.server.BrokerServer;
import dev.tailrace.server.Started;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A broker inside the JVM of the test, on free ports of loopback, and what tests ask of one over its public interface. Every test that
 * needs no JVM of its own for the broker starts it here; {@link BrokerProcess} is the other way.
 */
public final class RunningBroker implements AutoCloseable {

    private static final AtomicInteger devices = new AtomicInteger();

    public final HttpClient http;
    private final BrokerServer server;
    private final @Nullable SSLContext tls; // of its clients; null without TLS

    private RunningBroker(BrokerServer server, HttpClient http, @Nullable SSLContext tls) {
        this.server = server;
        this.http = http;
        this.tls = tls;
    }

    /** Starts one with its rings in memory. */
    public static RunningBroker start() {
        return start(Map.of());
    }

    public static RunningBroker start(Map<Setting, String> settings) {
        return new RunningBroker(server(settings), client().build(), null);
    }

    /** Starts one that speaks TLS, with a certificate in a folder of its own. */
    public static RunningBroker start(TestAuthority authority, Path folder, Map<Setting, String> settings) {
        Map<Setting, String> all = TestAuthority.settings(TestAuthority.lay(authority.server("broker"), folder));
        all.putAll(settings);
        SSLContext context = authority.context();
        return new RunningBroker(server(all), client().sslContext(context).build(), context);
    }

    private static HttpClient.Builder client() {
        return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(10));
    }

    /** Asks others who calls, before the broker's own. */
    public static RunningBroker start(Map<Setting, String> settings, Function<Fleets, List<Authenticator>> others) {
        return new RunningBroker(
                await(Started.with(Settings.read(withPorts(settings)), others)), client().build(), null);
    }

    private static BrokerServer server(Map<Setting, String> settings) {
        return await(BrokerServer.start(Settings.read(withPorts(settings))));
    }

    private static Map<Setting, String> withPorts(Map<Setting, String> settings) {
        Map<Setting, String> all =
                new EnumMap<>(Map.of(Setting.PORT, "0", Setting.MANAGEMENT_PORT, "0", Setting.EVENT_LOOPS, "2"));
        all.put(Setting.DRAIN_TIME, "5s");
        all.putAll(settings);
        return all;
    }

    public static <T> T await(Future<T> future) {
        try {
            return future.await(30, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    /** What its clients speak TLS with; null when it does not speak TLS. */
    @Nullable
    SSLContext tls() {
        return tls;
    }

    private String s() {
        return tls == null ? "" : "s";
    }

    public BrokerServer server() {
        return server;
    }

    public int port() {
        return server.port();
    }

    /** A device of the caller's own. */
    public static String newDevice() {
        return "device-" + devices.incrementAndGet();
    }

    public URI uri(String path) {
        return URI.create("http" + s() + "://127.0.0.1:" + port() + path);
    }

    public URI wsUri(String path) {
        return URI.create("ws" + s() + "://127.0.0.1:" + port() + path);
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
        return send(request.timeout(Duration.ofSeconds(30)).build());
    }

    public HttpResponse<String> send(HttpRequest request) {
        return send(http, request);
    }

    public HttpResponse<String> send(HttpClient client, HttpRequest request) {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError(request.method() + " " + request.uri() + " failed", e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Asks the management port. */
    public HttpResponse<String> management(String path) {
        return send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.managementPort() + path))
                .build());
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

    /** A device's entries, oldest first. */
    public List<JsonObject> history(String device) {
        HttpResponse<String> response = get("/api/v1/devices/" + device + "/logs?format=ndjson");
        if (response.statusCode() != 200) {
            throw new AssertionError(response.statusCode() + " " + response.body());
        }
        return response.body().lines().map(JsonObject::new).toList();
    }

    /** The messages of a device's entries, oldest first. */
    public List<String> messages(String device) {
        return history(device).stream().map(entry -> entry.getString("message")).toList();
    }

    /** The text that Prometheus would scrape. */
    public String metrics() {
        return management("/metrics").body();
    }

    /** The sum of a metric over all its labels, or over those that begin as in {@code tailrace_subscribers{state="live"}. */
    public double metric(String name) {
        return ScrapedMetrics.sum(metrics(), name);
    }

    /** Received less stored, rejected and deduplicated: what is on its way, or lost. */
    public double unaccountedLines() {
        return metric("tailrace_lines_received_total")
                - metric("tailrace_lines_stored_total")
                - metric("tailrace_lines_rejected_total")
                - metric("tailrace_lines_deduplicated_total");
    }

    @Override
    public void close() {
        await(server.stop());
    }
}
