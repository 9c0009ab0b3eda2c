package dev.tailrace.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The requests by which the page learns all devices, and its use of the answers, which the test writes. */
final class KnownDevicesTest {

    private static final String BEGIN = """
            async () => {
              const {KnownDevices} = await import('/web/known-devices.js');
              const asked = [];
              const answers = [];
              window.fetch = async path => {
                asked.push(path.replace('api/v1/devices', ''));
                return new Response(JSON.stringify(await answers.shift()));
              };
              const online = (...names) => names.map(device => ({device, fleet: null, online: true, lastSeen: 1}));
              const known = new KnownDevices();
              const changes = [];
              const refresh = async () => changes.push(await known.refresh(() => {}));
            """;

    private static final String END = """
              return JSON.stringify({asked, changes, names: known.all().map(one => one.name)});
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

    @Test
    void allAreReadOnce_inPages_andThenOnlyWhatHasChanged() {
        JsonObject known = run("""
                answers.push({devices: online('a', 'b'), version: 'x.1', next: 'b'}, {devices: online('c'), version: 'x.2'});
                await refresh();
                answers.push({devices: online('d'), removed: ['b'], version: 'x.3'});
                await refresh();
                answers.push({devices: [], removed: [], version: 'x.4'});
                await refresh();""");
        assertThat(known.getJsonArray("asked")).containsExactly("", "?after=b", "?since=x.1", "?since=x.3");
        assertThat(known.getJsonArray("changes")).containsExactly(true, true, false);
        assertThat(known.getJsonArray("names")).containsExactly("a", "c", "d");
    }

    @Test
    void moreChangesThanOneAnswerHolds_areAskedForAtOnce() {
        JsonObject known = run("""
                answers.push({devices: [], version: 'x.1'});
                await refresh();
                answers.push({devices: online('a'), removed: [], version: 'x.2', more: true},
                  {devices: online('b'), removed: [], version: 'x.3'});
                await refresh();""");
        assertThat(known.getJsonArray("asked")).containsExactly("", "?since=x.1", "?since=x.2");
        assertThat(known.getJsonArray("names")).containsExactly("a", "b");
    }

    @Test
    void brokerThatDoesNotKnowTheVersion_isReadAgain_andUnlistedDevicesAreGone() {
        JsonObject known = run("""
                answers.push({devices: online('a', 'b'), version: 'x.1'});
                await refresh();
                answers.push({reset: true, devices: online('b'), version: 'y.7', next: 'b'}, {devices: online('c'), version: 'y.8'});
                await refresh();
                answers.push({devices: [], removed: [], version: 'y.9'});
                await refresh();""");
        assertThat(known.getJsonArray("asked")).containsExactly("", "?since=x.1", "?after=b", "?since=y.7");
        assertThat(known.getJsonArray("names")).containsExactly("b", "c");
    }

    @Test
    void failedRead_isRestarted_andLaterOnesContinue() {
        JsonObject known = run("""
                const fail = () => Promise.reject(new Error('the test says so'));
                answers.push({devices: online('a'), version: 'x.1', next: 'a'}, fail());
                await known.refresh(() => {}).catch(() => {});
                answers.push({devices: online('a', 'b'), version: 'x.2'});
                await refresh();
                answers.push({devices: online('c'), removed: [], version: 'x.3', more: true}, fail());
                await known.refresh(() => {}).catch(() => {});
                answers.push({devices: online('d'), removed: [], version: 'x.4'});
                await refresh();""");
        assertThat(known.getJsonArray("asked"))
                .containsExactly("", "?after=a", "", "?since=x.2", "?since=x.3", "?since=x.3");
        assertThat(known.getJsonArray("names")).containsExactly("a", "b", "c", "d");
    }

    @Test
    void anotherReader_isNotShownTheDevicesOfTheOneBefore() {
        JsonObject known = run("""
                answers.push({devices: online('a'), version: 'x.1'});
                await refresh();
                let late;
                answers.push(new Promise(answer => late = answer));
                const former = refresh();
                known.restart();
                answers.push({devices: online('b'), version: 'x.9'});
                await refresh();
                late({devices: online('secret'), removed: [], version: 'x.2'});
                await former;
                answers.push({devices: [], removed: [], version: 'x.10'});
                await refresh();""");
        assertThat(known.getJsonArray("asked")).containsExactly("", "?since=x.1", "", "?since=x.9");
        assertThat(known.getJsonArray("names")).containsExactly("b");
    }

    @Test
    void concurrentRequests_areOne() {
        JsonObject known = run("""
                answers.push({devices: online('a'), version: 'x.1'});
                await Promise.all([refresh(), refresh()]);""");
        assertThat(known.getJsonArray("asked")).containsExactly("");
    }
}
