package dev.tailrace.storage.memory;

import dev.tailrace.storage.Announcements;
import dev.tailrace.storage.RingContract;
import dev.tailrace.storage.RingOptions;
import dev.tailrace.storage.TestBroker;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import org.junit.jupiter.api.AfterEach;

class MemoryRingTest extends RingContract {

    private final Vertx vertx = Vertx.vertx();
    private final Announcements announcements = new Announcements(vertx);
    private MemoryRing ring;

    @Override
    protected TestBroker open(RingOptions options) {
        if (ring == null) {
            ring = new MemoryRing(vertx, options, announcements);
        }
        return new TestBroker(vertx, loop -> Future.succeededFuture(ring), () -> {});
    }

    @AfterEach
    void close() throws Exception {
        ring.close().compose(closed -> vertx.close()).await(10, java.util.concurrent.TimeUnit.SECONDS);
    }
}
