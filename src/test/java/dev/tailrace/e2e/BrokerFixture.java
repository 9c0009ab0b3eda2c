package dev.tailrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import java.net.URI;
import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One broker, and the devices and readers of a test; all of it ends with the test. */
final class BrokerFixture implements AutoCloseable {

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = vertx.httpClientBuilder()
            .with(new HttpClientOptions().setKeepAlive(false))
            .with(new PoolOptions().setHttp1MaxSize(1000))
            .build();
    private final WebSocketClient sockets = vertx.createWebSocketClient(
            new WebSocketClientOptions().setMaxConnections(1000).setTryUsePerMessageCompression(false));
    private final List<NumberingDevice> devices = new ArrayList<>();
    private final List<CountingReader> readers = new ArrayList<>();
    private final RunningBroker broker;

    private BrokerFixture(Map<Setting, String> settings) {
        broker = RunningBroker.start(settings);
    }

    /** @param redis a URL, or null for rings in memory */
    static BrokerFixture start(@Nullable String redis) throws Exception {
        return start(redis, Map.of());
    }

    static BrokerFixture start(@Nullable String redis, Map<Setting, String> more) throws Exception {
        Map<Setting, String> settings = new EnumMap<>(Setting.class);
        if (redis != null) {
            settings.put(Setting.REDIS, redis);
        }
        settings.putAll(more);
        return new BrokerFixture(settings);
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

    String get(String path) {
        return broker.get(path).body();
    }

    /** Whether readiness says so. */
    boolean isReady() {
        URI ready = URI.create("http://127.0.0.1:" + broker.server().managementPort() + "/health/ready");
        return broker.send(HttpRequest.newBuilder(ready).build()).statusCode() == 200;
    }

    /** The sum of a metric over all its labels. */
    double metric(String name) {
        return broker.metric(name);
    }

    /** The operators' equation: whatever was received was stored, rejected or dropped as a repetition. */
    void assertNothingUnaccounted() {
        assertThat(broker.unaccountedLines()).isZero();
    }

    @Override
    public void close() throws Exception {
        devices.forEach(NumberingDevice::close);
        readers.forEach(CountingReader::close);
        broker.close();
        RunningBroker.await(vertx.close());
    }
}
