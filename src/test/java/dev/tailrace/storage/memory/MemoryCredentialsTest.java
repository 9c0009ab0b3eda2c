package dev.tailrace.storage.memory;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.storage.KeyValueStore;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The memory of credentials is bounded. */
@Tag("unit")
final class MemoryCredentialsTest {

    private final MemoryCredentials store = new MemoryCredentials();

    @Test
    void whatIsOver_isForgotten_alsoWhenNobodyAsksForItAgain() {
        long soon = System.currentTimeMillis() + 50;
        for (int i = 0; i < 1000; i++) {
            store.put("login:" + i, "text", soon);
            store.enlist("tickets/" + i, "a", soon);
        }
        store.put("kept", "text", KeyValueStore.FOREVER);
        await().atMost(10, SECONDS).until(() -> {
            store.put("another", "text", KeyValueStore.FOREVER);
            return store.size() == 2;
        });
        assertThat(store.get("kept").result()).isEqualTo("text");
    }

    @Test
    void whatIsReplaced_hasTheLaterEnd() {
        store.put("name", "one", System.currentTimeMillis() + 30);
        store.put("name", "two", KeyValueStore.FOREVER);
        store.enlist("list", "a", System.currentTimeMillis() + 30);
        store.enlist("list", "a", KeyValueStore.FOREVER);
        store.put("marker", "text", System.currentTimeMillis() + 30);
        await().atMost(10, SECONDS).until(() -> store.get("marker").result() == null);
        assertThat(store.get("name").result()).isEqualTo("two");
        assertThat(store.listed("list").result()).containsExactly("a");
    }
}
