package dev.tailrace.dashboard;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import io.vertx.core.json.JsonObject;
import java.util.Map;

/** A browser in which a test runs modules of the web client by themselves. The page that is open asks nothing of the broker. */
final class ModulePage implements AutoCloseable {

    private final RunningBroker broker;
    private final Dashboard page;

    private ModulePage(RunningBroker broker, Dashboard page) {
        this.broker = broker;
        this.page = page;
    }

    static ModulePage open() {
        RunningBroker broker = RunningBroker.start(Map.of(Setting.DRAIN_TIME, "1s"));
        try {
            String address = "http://127.0.0.1:" + broker.port() + "/web/times.js";
            return new ModulePage(broker, Dashboard.open(address, "", options -> {}));
        } catch (RuntimeException | Error failure) {
            broker.close();
            throw failure;
        }
    }

    /** @param script a function whose result is JSON as text */
    JsonObject run(String script) {
        return new JsonObject((String) page.page.evaluate(script));
    }

    @Override
    public void close() {
        page.close();
        broker.close();
    }
}
