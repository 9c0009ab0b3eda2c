package dev.tailrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.TestDevice;
import dev.tailrace.testing.TestReader;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import java.net.URI;
import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A {@link RunningBroker} with the devices and readers of a test; all of it ends with the test. */
final class BrokerFixture implements AutoCloseable {

    private final Vertx vertx = Vertx.vertx();
    private final WebSocketClient sockets = vertx.createWebSocketClient(
            new WebSocketClientOptions().setMaxConnections(1000).setTryUsePerMessageCompression(false));
    private final List<TestDevice> devices = new ArrayList<>();
    private final List<TestReader> readers = new ArrayList<>();
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

    TestDevice device(String name, int linesPerFrame) {
        var device = new TestDevice(vertx, sockets, broker::port, name, linesPerFrame);
        devices.add(device);
        return device;
    }

    TestReader reader(String device) {
        var reader = TestReader.comingBack(broker::port, device);
        readers.add(reader);
        return reader;
    }

    String get(String path) {
        return broker.get(path).body();
    }

    /** Whether the broker answers that it is ready. */
    boolean isReady() {
        URI ready = URI.create("http://127.0.0.1:" + broker.server().managementPort() + "/health/ready");
        return broker.send(HttpRequest.newBuilder(ready).build()).statusCode() == 200;
    }

    /** The sum of a metric over all its labels. */
    double metric(String name) {
        return broker.metric(name);
    }

    /** The operators' equation: each line that was received was stored, rejected or dropped as a repetition. */
    void assertNothingUnaccounted() {
        assertThat(broker.unaccountedLines()).isZero();
    }

    @Override
    public void close() throws Exception {
        devices.forEach(TestDevice::close);
        readers.forEach(TestReader::close);
        broker.close();
        RunningBroker.await(vertx.close());
    }
}
