package dev.tailrace.egress;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.EventReader;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** All devices of a fleet on one stream, while devices join and leave. */
final class FleetStreamTest {

    private static RunningBroker broker;

    private final String fleet = "fleet-" + UUID.randomUUID();
    private final String a = "a-" + UUID.randomUUID();
    private final String b = "b-" + UUID.randomUUID();

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(
                Map.of(Setting.STREAM_DEVICES, "2", Setting.FLEET_DEVICES, "3", Setting.STREAM_HEARTBEAT, "300ms"));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private HttpResponse<String> assign(String device) {
        return broker.request("PUT", "/api/v1/devices/" + device + "/fleet", "{\"fleet\":\"" + fleet + "\"}");
    }

    private void release(String device) {
        assertThat(broker.delete("/api/v1/devices/" + device + "/fleet").statusCode())
                .isEqualTo(204);
    }

    private SseReader open(String query, String... headers) {
        return SseReader.open(broker.port(), "/api/v1/logs/stream?fleet=" + fleet + query, headers);
    }

    private static int watchers(String device) {
        HttpResponse<String> answer = broker.get("/api/v1/devices/" + device);
        return answer.statusCode() == 404 ? 0 : new JsonObject(answer.body()).getInteger("watchers");
    }

    private static EventReader.Event next(SseReader reader, String name) {
        EventReader.Event event = reader.message();
        while (!name.equals(event.name())) {
            event = reader.message();
        }
        return event;
    }

    private static Set<String> placesIn(EventReader.Event checkpoint) {
        return checkpoint.json().getJsonObject("positions").fieldNames();
    }

    @Test
    void stream_carriesAllDevicesOfTheFleet_andResumes() {
        assign(a);
        assign(b);
        broker.say(a, "a1");
        broker.say(b, "b1");
        broker.say("apart-" + a, "x");
        String place;
        try (SseReader reader = open("&tail=5")) {
            assertThat(Set.of(reader.entry(), reader.entry())).isEqualTo(Set.of("a1", "b1"));
            place = next(reader, "checkpoint").id();
        }
        broker.say(a, "a2");
        try (SseReader reader = open("&tail=5", "Last-Event-ID", place)) {
            assertThat(reader.entry()).isEqualTo("a2");
        }
    }

    @Test
    void deviceThatJoins_isFollowed_andOneThatLeaves_isNot() {
        assign(a);
        broker.say(b, "before");
        try (SseReader reader = open("")) {
            assertThat(placesIn(next(reader, "checkpoint"))).containsExactly(a);
            assign(b);
            await().atMost(10, SECONDS).until(() -> watchers(b) == 1);
            EventReader.Event joined = next(reader, "checkpoint");
            assertThat(placesIn(joined)).as("those that moved").containsExactly(b);
            assertThat(joined.id()).as("all").contains(a + ":").contains(b + ":");
            broker.say(b, "after");
            assertThat(reader.entry()).isEqualTo("after");

            release(a);
            await().atMost(10, SECONDS).until(() -> watchers(a) == 0);
            broker.say(a, "gone");
            EventReader.Event left = next(reader, "checkpoint");
            while (left.id().contains(a + ":")) {
                left = next(reader, "checkpoint");
            }
            broker.say(b, "last");
            assertThat(reader.entry()).isEqualTo("last");
        }
        await().atMost(10, SECONDS).until(() -> watchers(b) == 0);
    }

    @Test
    void fleetThatOutgrowsAStream_endsIt_andIsRefused() {
        assign(a);
        assign(b);
        try (SseReader reader = open("")) {
            next(reader, "checkpoint");
            assign("c-" + a);
            assertThat(next(reader, "bye").json().getString("reason")).isEqualTo("too many devices for one stream");
        }
        HttpResponse<String> refused = broker.get("/api/v1/logs/stream?fleet=" + fleet);
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).contains("--stream-devices").contains("(2, --stream-devices)");
    }

    @Test
    void fleetWithoutDevices_isUnknown() {
        assign(a);
        release(a);
        assertThat(broker.get("/api/v1/logs/stream?fleet=" + fleet).statusCode())
                .isEqualTo(404);
        assertThat(broker.get("/api/v1/devices?fleet=" + fleet).statusCode()).isEqualTo(404);
    }

    // ---- the list of fleets and their devices

    @Test
    void fleetAtItsLimit_takesNoMore_andSaysWhichSettingItIs() {
        for (int i = 0; i < 3; i++) {
            assertThat(assign(i + a).statusCode()).isEqualTo(204);
        }
        HttpResponse<String> full = assign(b);
        assertThat(full.statusCode()).isEqualTo(429);
        assertThat(new JsonObject(full.body()).getString("detail")).contains("(--fleet-devices): 3");
        assertThat(broker.get("/api/v1/fleets").body()).contains("{\"fleet\":\"" + fleet + "\",\"devices\":3}");
    }

    @Test
    void device_namesItsFleet_alsoBeforeItsFirstLine() {
        assign(a);
        JsonObject one = new JsonObject(broker.get("/api/v1/devices/" + a).body());
        assertThat(one.getString("fleet")).isEqualTo(fleet);
        JsonObject all =
                new JsonObject(broker.get("/api/v1/devices?fleet=" + fleet).body());
        assertThat(all.getJsonArray("devices")).hasSize(1);
        JsonObject listed = all.getJsonArray("devices").getJsonObject(0);
        assertThat(listed.getString("device")).isEqualTo(a);
        assertThat(listed.getString("fleet")).isEqualTo(fleet);
        assertThat(listed.getValue("lastSeen")).isNull();
        release(a);
        assertThat(broker.get("/api/v1/devices/" + a).statusCode()).isEqualTo(404);
    }

    @Test
    void assignment_thatCannotBeRead_isRefused() {
        for (String body :
                new String[] {"", "[]", "{}", "{\"fleet\":7}", "{\"fleet\":\"a/b\"}", "{\"fleet\":\"..\"}"}) {
            assertThat(broker.request("PUT", "/api/v1/devices/" + a + "/fleet", body)
                            .statusCode())
                    .as(body)
                    .isEqualTo(400);
        }
        assertThat(broker.request("PUT", "/api/v1/devices/" + a + "/fleet", " ".repeat(5000))
                        .statusCode())
                .isEqualTo(413);
    }
}
