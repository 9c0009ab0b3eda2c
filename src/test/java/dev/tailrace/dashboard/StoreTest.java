package dev.tailrace.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The lines that the view keeps, asked of the module itself: limits and orders that take too long to reach by the page. */
final class StoreTest {

    private static final String BEGIN = """
            async () => {
              const {Store} = await import('/web/store.js');
              let offset = 0;
              const entry = (message, more = {}) =>
                ({id: `k-${++offset}`, device: 'a', receivedAt: 1000 + offset, timestamp: 0, message, ...more});
              const summary = store => ({lines: store.lines, dropped: store.dropped, isHeavy: store.isHeavy, rows: store.rows,
                items: store.items.map(item => item.text ?? item.entry.message.slice(0, 20))});
            """;

    private static RunningBroker broker;
    private static @Nullable Dashboard dashboard;

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(Setting.DRAIN_TIME, "1s"));
        dashboard = Dashboard.open(broker);
    }

    @AfterAll
    static void stop() {
        if (dashboard != null) {
            dashboard.close();
        }
        broker.close();
    }

    private static JsonObject run(String script) {
        return new JsonObject(
                (String) dashboard.page.evaluate(BEGIN + script + " return JSON.stringify(summary(store)); }"));
    }

    @Test
    void linesOfMuchText_leaveBeforeTheyAreTooMany() {
        JsonObject store = run("""
                const store = new Store(100000, () => 1);
                const long = 'x'.repeat(1024 * 1024);
                for (let i = 0; i < 100; i++) store.add([entry(long)]);""");
        assertThat(store.getInteger("lines")).isEqualTo(63);
        assertThat(store.getInteger("dropped")).isEqualTo(37);
        assertThat(store.getBoolean("isHeavy")).isTrue();
    }

    @Test
    void linesOfManyRows_leaveBeforeTheBrowserShowsNoMore() {
        JsonObject store = run("""
                const store = new Store(100000, () => 50000);
                for (let i = 0; i < 20; i++) store.add([entry('long')]);""");
        assertThat(store.getInteger("rows")).isEqualTo(800_000);
        assertThat(store.getInteger("dropped")).isEqualTo(4);
    }

    @Test
    void lineThatIsLargerThanAll_stays() {
        JsonObject store = run("""
                const store = new Store(1, () => 1e6);
                store.add([entry('first'), entry('second')]);""");
        assertThat(store.getJsonArray("items")).containsExactly("second");
        assertThat(store.getInteger("lines")).isEqualTo(1);
    }

    @Test
    void traceWhoseHeadHasLeft_startsOver_andNoLineIsLost() {
        JsonObject store = run("""
                const store = new Store(3, () => 1);
                store.add([entry('Exception'), entry('\\tat one'), entry('\\tat two')]);
                store.add([entry('between', {service: 's'})]);
                store.add([entry('\\tat three')]);""");
        assertThat(store.getJsonArray("items")).containsExactly("between", "\tat three");
        assertThat(store.getInteger("lines")).isEqualTo(2);
        assertThat(store.getInteger("dropped")).isEqualTo(3);
    }

    @Test
    void clockOfTheBrokerThatGoesBack_changesNoOrderOfADevice() {
        JsonObject store = run("""
                const store = new Store(100, () => 1);
                store.add([entry('one', {receivedAt: 5000}), entry('two', {receivedAt: 3000}), entry('three', {receivedAt: 4000})]);
                store.add([entry('other', {device: 'b', receivedAt: 4500}), entry('four', {receivedAt: 6000})]);""");
        assertThat(store.getJsonArray("items")).containsExactly("other", "one", "two", "three", "four");
    }

    @Test
    void gap_standsBeforeWhatItsDeviceSaysNext_alsoAmongOthers() {
        JsonObject store = run("""
                const store = new Store(100, () => 1);
                store.add([entry('late', {receivedAt: 9000})]);
                store.add([{event: 'gap', device: 'b', count: 3, reason: 'evicted'}, entry('early', {device: 'b', receivedAt: 2000})]);""");
        assertThat(store.getJsonArray("items").getString(0)).startsWith("Gap: 3 lines lost of b");
        assertThat(store.getJsonArray("items").getList().subList(1, 3)).isEqualTo(List.of("early", "late"));
    }

    @Test
    void clear_takesWhatWasBefore_andLeavesWhatCameAfter() {
        JsonObject store = run("""
                const store = new Store(100, () => 1);
                store.add([entry('one'), entry('two'), entry('of b', {device: 'b'})]);
                store.add([entry('three'), {event: 'clear', device: 'a', to: 'k-4'}, entry('four')]);""");
        assertThat(store.getJsonArray("items"))
                .containsExactly("of b", "a was cleared: its lines until now were removed from storage", "four");
        assertThat(store.getInteger("lines")).isEqualTo(3);
    }
}
