package dev.tailrace.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** When the page takes its stream for dead, and where it goes on; the test plays the browser's EventSource and its clock. */
final class LiveTest {

    private static final String BEGIN = """
            async () => {
              const {Live} = await import('/web/live.js');
              let now = 0;
              let ids = 0;
              const timers = new Map();
              const begin = (run, after, every) => (timers.set(++ids, {run, due: now + after, every}), ids);
              window.setTimeout = (run, after) => begin(run, after);
              window.setInterval = (run, every) => begin(run, every, every);
              window.clearTimeout = window.clearInterval = id => timers.delete(id);
              const pass = seconds => {
                const end = now + 1000 * seconds;
                for (;;) {
                  const due = [...timers].filter(([, timer]) => timer.due <= end).sort((one, other) => one[1].due - other[1].due);
                  if (due.length === 0) break;
                  const [id, timer] = due[0];
                  now = timer.due;
                  if (timer.every) timer.due += timer.every;
                  else timers.delete(id);
                  timer.run();
                }
                now = end;
              };
              const sources = [];
              window.EventSource = class {
                static CLOSED = 2;
                readyState = 1;
                listeners = {};
                constructor(path) { this.path = path.replace('api/v1/logs/stream', ''); sources.push(this); }
                addEventListener(name, listener) { this.listeners[name] = listener; }
                close() { this.readyState = 2; }
                emit(name, data, lastEventId = '') { this.listeners[name]({data: JSON.stringify(data), lastEventId}); }
              };
              const states = [];
              const live = new Live({arrived() {}, full() {}, state: name => states.push(name)});
              const results = [];
              const isAlive = () => results.push(sources.at(-1).readyState === 1 && states.at(-1) !== 'waiting');
              live.open('device=d');
              sources[0].onopen();
            """;

    private static final String END = """
              live.close();
              return JSON.stringify({paths: sources.map(source => source.path), results});
            }""";

    private static @Nullable ModulePage page;

    @BeforeAll
    static void open() {
        page = ModulePage.open();
    }

    @AfterAll
    static void close() {
        if (page != null) {
            page.close();
        }
    }

    private static JsonObject run(String script) {
        return page.run(BEGIN + script + END);
    }

    private static JsonArray results(String script) {
        return run(script).getJsonArray("results");
    }

    @Test
    void streamThatIsSilentForTwoAndAHalfIntervals_isConsideredDead_andReopened() {
        JsonObject seen = run("""
                sources[0].emit('alive', {interval: 10000});
                pass(24.9); isAlive();
                pass(0.2); isAlive();
                pass(1); isAlive();""");
        assertThat(seen.getJsonArray("results")).containsExactly(true, false, true);
        assertThat(seen.getJsonArray("paths")).hasSize(2);
    }

    @Test
    void streamWithoutAnInterval_hasTheUsualOne() {
        assertThat(results("""
                pass(37.4); isAlive();
                pass(0.2); isAlive();""")).containsExactly(true, false);
    }

    @Test
    void whateverArrives_isASignOfLife() {
        assertThat(results("""
                sources[0].emit('alive', {interval: 10000});
                for (const name of ['gap', 'clear', 'status', 'checkpoint']) {
                  pass(20);
                  sources[0].emit(name, {});
                }
                pass(20);
                sources[0].onmessage({data: '{}', lastEventId: ''});
                pass(20);
                sources[0].emit('alive', {interval: 10000});
                pass(20); isAlive(); results.push(sources.length);
                pass(5); isAlive();""")).containsExactly(true, 1, false);
    }

    @Test
    void nextStream_isWatchedByTheIntervalThatIsKnown() {
        assertThat(results("""
                sources[0].emit('alive', {interval: 2000});
                pass(6.1);
                pass(4.3); isAlive();
                pass(0.7); isAlive();""")).containsExactly(true, false);
    }

    @Test
    void veryShortInterval_isRaisedToTheMinimum() {
        assertThat(results("""
                sources[0].emit('alive', {interval: 10});
                pass(1.2); isAlive();
                pass(0.1); isAlive();""")).containsExactly(true, false);
    }

    @Test
    void drainingBroker_isLeft_andAnotherIsUsedAfterTheDelay() {
        assertThat(results("""
                sources[0].emit('alive', {interval: 10000});
                sources[0].emit('bye', {reason: 'draining'});
                isAlive();
                pass(0.4); results.push(sources.length);
                pass(4.7); results.push(sources.length); isAlive();""")).containsExactly(false, 1, 2, true);
    }

    @Test
    void placesThatTheBrokerKeeps_areResumedByTheirId_withoutItsTicket() {
        JsonObject seen = run("""
                sources[0].emit('alive', {interval: 10000}, 's.abc.0');
                sources[0].emit('checkpoint', {positions: {d: 'k-1'}}, 's.abc.3~ticket');
                pass(27);""");
        assertThat(seen.getJsonArray("paths")).containsExactly("?device=d", "?device=d&after=s.abc.3");
    }

    @Test
    void placesOfFewDevices_areThoseThatWereTaken() {
        JsonObject seen = run("""
                sources[0].emit('alive', {interval: 10000}, 'd:k-1');
                sources[0].emit('checkpoint', {positions: {d: 'k-1'}}, 'd:k-1');
                sources[0].onmessage({data: '{"device":"d","id":"k-2"}', lastEventId: ''});
                live.take(Infinity);
                sources[0].onmessage({data: '{"device":"d","id":"k-3"}', lastEventId: ''});
                pass(27);""");
        assertThat(seen.getJsonArray("paths")).containsExactly("?device=d", "?device=d&after=d%3Ak-2");
    }
}
