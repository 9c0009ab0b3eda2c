package dev.tailrace.storage.memory;

import dev.tailrace.storage.Announcements;
import dev.tailrace.storage.EndOfTick;
import dev.tailrace.storage.RingContract;
import dev.tailrace.storage.RingOptions;
import dev.tailrace.storage.TestStores;
import io.vertx.core.Vertx;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;

@Tag("unit")
class MemoryStorageTest extends RingContract {

    private final Vertx vertx = Vertx.vertx();
    private final Announcements announcements = new Announcements(vertx);
    private MemoryStorage storage;

    @Override
    protected TestStores open(RingOptions options) {
        if (storage == null) {
            storage = new MemoryStorage(vertx, options, announcements);
        }
        return new TestStores(vertx, loop -> storage.stores(new EndOfTick(vertx.getOrCreateContext())), () -> {});
    }

    @AfterEach
    void close() throws Exception {
        storage.close().compose(closed -> vertx.close()).await(10, java.util.concurrent.TimeUnit.SECONDS);
    }
}
