package dev.tailrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.config.Setting;
import dev.tailrace.config.Settings;
import dev.tailrace.server.BrokerServer;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One broker, and the devices and readers of a test; all of it ends with the test. */
final class Scene implements AutoCloseable {

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = vertx.httpClientBuilder()
            .with(new HttpClientOptions().setKeepAlive(false))
            .with(new PoolOptions().setHttp1MaxSize(1000))
            .build();
    private final WebSocketClient sockets = vertx.createWebSocketClient(
            new WebSocketClientOptions().setMaxConnections(1000).setTryUsePerMessageCompression(false));
    private final java.net.http.HttpClient plain = java.net.http.HttpClient.newHttpClient();
    private final List<NumberingDevice> devices = new ArrayList<>();
    private final List<CountingReader> readers = new ArrayList<>();
    private final BrokerServer broker;

    private Scene(Map<Setting, String> settings) throws Exception {
        broker = BrokerServer.start(Settings.read(settings))
                .toCompletionStage()
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
    }

    /** @param redis a URL, or null for rings in memory */
    static Scene start(@Nullable String redis) throws Exception {
        return start(redis, Map.of());
    }

    static Scene start(@Nullable String redis, Map<Setting, String> more) throws Exception {
        Map<Setting, String> settings = new EnumMap<>(Setting.class);
        settings.put(Setting.PORT, "0");
        settings.put(Setting.MANAGEMENT_PORT, "0");
        settings.put(Setting.EVENT_LOOPS, "2");
        if (redis != null) {
            settings.put(Setting.REDIS, redis);
        }
        settings.putAll(more);
        return new Scene(settings);
    }

    BrokerServer broker() {
        return broker;
    }

    NumberingDevice device(String name, int linesPerFrame) {
        var device = new NumberingDevice(vertx, sockets, broker::port, name, linesPerFrame);
        devices.add(device);
        return device;
    }

    CountingReader reader(String device) {
        var reader = new CountingReader(vertx, http, broker::port, device);
        readers.add(reader);
        return reader;
    }

    String get(String path) throws IOException, InterruptedException {
        return get(broker.port(), path);
    }

    /** Whether readiness says so. */
    boolean isReady() throws IOException, InterruptedException {
        return plain.send(request(broker.managementPort(), "/health/ready"), HttpResponse.BodyHandlers.ofString())
                        .statusCode()
                == 200;
    }

    /** The sum of a metric over all its labels. */
    double metric(String name) throws IOException, InterruptedException {
        return get(broker.managementPort(), "/metrics")
                .lines()
                .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** The operators' equation: whatever was received was stored, rejected or dropped as a repetition. */
    void assertNothingUnaccounted() throws IOException, InterruptedException {
        assertThat(metric("tailrace_lines_received_total"))
                .isEqualTo(metric("tailrace_lines_stored_total")
                        + metric("tailrace_lines_rejected_total")
                        + metric("tailrace_lines_deduplicated_total"));
    }

    private String get(int port, String path) throws IOException, InterruptedException {
        return plain.send(request(port, path), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private static HttpRequest request(int port, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .build();
    }

    @Override
    public void close() throws Exception {
        devices.forEach(NumberingDevice::close);
        readers.forEach(CountingReader::close);
        broker.stop().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
}
