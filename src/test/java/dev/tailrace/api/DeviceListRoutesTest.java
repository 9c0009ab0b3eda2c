package dev.tailrace.api;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.auth.Authenticator;
import dev.tailrace.auth.Fleets;
import dev.tailrace.auth.Identity;
import dev.tailrace.auth.Permission;
import dev.tailrace.config.Setting;
import dev.tailrace.model.DeviceId;
import dev.tailrace.testing.GrantTokens;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.TestIdentity;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The list of devices: pages, searches, changes, and permissions. */
final class DeviceListRoutesTest {

    private static final int DEVICES = 1030; // more than a page
    private static final String ADMIN = "a-token-of-the-administrator-0123456789";
    private static final String FLEET_READER = "logs:read@fleet/north";

    private static final String ELSEWHERE = "somebody else decides what this one may";

    private static RunningBroker broker;
    private static String firstVersion; // of a list without devices

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(Setting.AUTH_ADMIN_TOKEN, ADMIN), DeviceListRoutesTest::authenticators);
        firstVersion = list(ADMIN, "").getString("version");
        IntStream.range(0, DEVICES).parallel().forEach(i -> say("d-%04d".formatted(i)));
        assign("d-0007", "north");
        assign("d-0900", "north");
        await().atMost(30, SECONDS).until(() -> all("").size() >= DEVICES);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static List<Authenticator> authenticators(Fleets fleets) {
        Identity elsewhere = new TestIdentity() {
            @Override
            public Future<Boolean> may(Permission permission, DeviceId device) {
                return Future.succeededFuture(device.value().equals("d-0003"));
            }
        };
        List<Authenticator> all = new ArrayList<>(GrantTokens.of(fleets));
        all.add(credential -> Future.succeededFuture(credential.text().equals(ELSEWHERE) ? elsewhere : null));
        return all;
    }

    private static void say(String device) {
        say(broker, device);
    }

    private static void say(RunningBroker to, String device) {
        HttpResponse<String> answer =
                request(to, ADMIN, "POST", "/api/v1/devices/" + device + "/logs", "{\"message\":\"m\"}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    }

    private static void assign(String device, String fleet) {
        String body = new JsonObject().put("fleet", fleet).encode();
        assertThat(request(broker, ADMIN, "PUT", "/api/v1/devices/" + device + "/fleet", body)
                        .statusCode())
                .isEqualTo(204);
    }

    private static HttpResponse<String> request(
            RunningBroker to, String token, String method, String path, String body) {
        return to.request(
                method, path, body, "Authorization", "Bearer " + token, "Content-Type", "application/x-ndjson");
    }

    private static JsonObject list(String token, String query) {
        return list(broker, token, query);
    }

    private static JsonObject list(RunningBroker from, String token, String query) {
        HttpResponse<String> answer = from.get("/api/v1/devices" + query, "Authorization", "Bearer " + token);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body());
    }

    private static List<String> names(JsonObject list) {
        return list.getJsonArray("devices").stream()
                .map(one -> ((JsonObject) one).getString("device"))
                .toList();
    }

    /** Follows {@code next} to the end. */
    private static List<String> all(String query) {
        List<String> names = new ArrayList<>();
        String after = "";
        while (after != null) {
            JsonObject page = list(ADMIN, "?" + (after.isEmpty() ? "" : "after=" + after + "&") + query);
            names.addAll(names(page));
            after = page.getString("next");
        }
        return names;
    }

    @Test
    void withoutParameters_isTheFirstThousand_withTheNextPage() {
        JsonObject first = list(ADMIN, "");
        assertThat(names(first)).hasSize(1000).isSorted();
        assertThat(first.getString("next")).isEqualTo(names(first).get(999));
        JsonObject second = list(ADMIN, "?after=" + first.getString("next"));
        assertThat(second.containsKey("next")).isFalse();
        assertThat(names(second)).doesNotContainAnyElementsOf(names(first)).contains("d-1029");
    }

    @Test
    void smallPages_haveEachDeviceOnce() {
        assertThat(all("limit=100")).isSorted().doesNotHaveDuplicates().hasSizeGreaterThanOrEqualTo(DEVICES);
    }

    @Test
    void text_isSearchedInNamesAndFleets() {
        assertThat(all("q=D-102")).hasSize(10).allMatch(name -> name.startsWith("d-102"));
        assertThat(all("q=nOrt&limit=1")).containsExactly("d-0007", "d-0900");
        assertThat(all("q=d-1&online=true")).isEmpty();
        assertThat(all("q=d-102&online=false")).hasSize(10);
    }

    @Test
    void fleet_isListedInPages() {
        assertThat(all("fleet=north&limit=1")).containsExactly("d-0007", "d-0900");
        assertThat(broker.get("/api/v1/devices?fleet=nowhere", "Authorization", "Bearer " + ADMIN)
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void namedDevices_areListedIfKnown() {
        assertThat(names(list(ADMIN, "?device=d-0002&device=nobody&device=d-0001")))
                .containsExactly("d-0001", "d-0002");
    }

    @Test
    void since_listsChangesOnly() {
        String version = list(ADMIN, "?limit=1").getString("version");
        // Earlier changes may be repeated.
        String before = list(ADMIN, "?since=" + version).getString("version");
        String fresh = "new-" + RunningBroker.newDevice();
        say(fresh);
        Set<String> heard = new TreeSet<>();
        await().atMost(20, SECONDS).until(() -> {
            JsonObject since = list(ADMIN, "?since=" + before);
            heard.addAll(names(since));
            return heard.contains(fresh);
        });
        assertThat(heard).hasSizeLessThan(20);
    }

    @Test
    void forgottenDevice_isReportedOnlyToCallersThatCouldReadIt() {
        try (RedisProcess redis = RedisProcess.start();
                RunningBroker other = RunningBroker.start(
                        Map.of(Setting.REDIS, redis.url(), Setting.AUTH_ADMIN_TOKEN, ADMIN), GrantTokens::of);
                RawSocket stays = RawSocket.webSocket(
                        other.port(), "/api/v1/devices/stays/ingest", "Authorization: Bearer " + ADMIN)) {
            say(other, "gone");
            await().atMost(20, SECONDS)
                    .until(() -> names(list(other, ADMIN, "")).size() == 2);
            String since = "?since=" + list(other, ADMIN, "").getString("version");
            redis.command("FLUSHALL"); // after which a broker reports connected devices
            JsonArray gone = JsonArray.of("gone");
            await().atMost(20, SECONDS)
                    .until(() ->
                            list(other, ADMIN, since).getJsonArray("removed").equals(gone));
            assertThat(list(other, "logs:read@device/gone", since).getJsonArray("removed"))
                    .containsExactly("gone");
            assertThat(list(other, "logs:read@device/stays", since).getJsonArray("removed"))
                    .isEmpty();
        }
    }

    @Test
    void manyChanges_comeInSeveralResponses() {
        JsonObject part = list(ADMIN, "?since=" + firstVersion);
        assertThat(names(part)).hasSize(1000);
        assertThat(part.getBoolean("more")).isTrue();
        Set<String> heard = new TreeSet<>(names(part));
        for (int parts = 1; part.getBoolean("more", false); parts++) {
            assertThat(parts).isLessThan(5);
            part = list(ADMIN, "?since=" + part.getString("version"));
            heard.addAll(names(part));
        }
        assertThat(heard).contains("d-0000", "d-1029").hasSizeGreaterThanOrEqualTo(DEVICES);
    }

    @Test
    void since_withDelegatedPermissions_isTheFullList() {
        String version = list(ELSEWHERE, "").getString("version");
        JsonObject answer = list(ELSEWHERE, "?since=" + version);
        assertThat(answer.getBoolean("reset")).isTrue();
        assertThat(names(answer)).containsExactly("d-0003");
    }

    @Test
    void unknownVersion_getsTheFirstPage() {
        for (String version : List.of("x", "other.1.1", "other.999999999999999.1")) {
            JsonObject answer = list(ADMIN, "?since=" + version);
            assertThat(answer.getBoolean("reset")).isTrue();
            assertThat(names(answer)).hasSize(1000);
            assertThat(answer.getString("next")).isNotNull();
        }
    }

    @Test
    void readerOfAFleet_seesItsDevices_andItsChanges() {
        assertThat(names(list(FLEET_READER, ""))).contains("d-0007", "d-0900").allMatch(name -> name.startsWith("d-0"));
        String version = list(FLEET_READER, "").getString("version");
        say("wanderer");
        assign("wanderer", "north");
        await().atMost(20, SECONDS)
                .until(() -> names(list(FLEET_READER, "?since=" + version)).contains("wanderer"));
        assign("wanderer", "south");
        await().atMost(20, SECONDS)
                .until(() -> list(FLEET_READER, "?since=" + version)
                        .getJsonArray("removed")
                        .contains("wanderer"));
        assertThat(names(list(FLEET_READER, ""))).doesNotContain("wanderer");
        JsonObject stranger = list("logs:read@device/d-0001", "?since=" + version);
        assertThat(stranger.getJsonArray("removed"))
                .as("names that it may not know")
                .isEmpty();
        assertThat(names(stranger)).isEmpty();
        assertThat(names(list("logs:read@device/d-0001", ""))).containsExactly("d-0001");
    }

    @Test
    void response_isCompressedIfAccepted_andNotSentAgainIfUnchanged() throws Exception {
        HttpRequest.Builder asked = HttpRequest.newBuilder(broker.uri("/api/v1/devices?limit=500"))
                .header("Authorization", "Bearer " + ADMIN);
        HttpResponse<byte[]> compressed = broker.http.send(
                asked.copy().header("Accept-Encoding", "br, GZIP;q=0.5").build(),
                HttpResponse.BodyHandlers.ofByteArray());
        assertThat(compressed.headers().firstValue("Content-Encoding")).contains("gzip");
        assertThat(compressed.headers().firstValue("Vary").orElseThrow()).containsIgnoringCase("accept-encoding");
        String text = unzipped(compressed.body());
        assertThat(new JsonObject(text).getJsonArray("devices")).hasSize(500);
        assertThat(compressed.body().length).isLessThan(text.length() / 4);

        HttpResponse<String> plain =
                broker.send(asked.copy().header("Accept-Encoding", "gzip;q=0").build());
        assertThat(plain.headers().firstValue("Content-Encoding")).isEmpty();
        await().atMost(20, SECONDS)
                .until(
                        () -> { // rates change, and other tests of this class may write
                            String tag = broker.send(asked.copy().build())
                                    .headers()
                                    .firstValue("ETag")
                                    .orElseThrow();
                            HttpResponse<String> again = broker.send(
                                    asked.copy().header("If-None-Match", tag).build());
                            return again.statusCode() == 304 && again.body().isEmpty();
                        });
    }

    @Test
    void changedList_isSentAgain() {
        String path = "/api/v1/devices?q=tagged";
        String[] asked = {"Authorization", "Bearer " + ADMIN, "If-None-Match", ""};
        asked[3] = broker.get(path, asked).headers().firstValue("ETag").orElseThrow();
        say("tagged");
        await().atMost(20, SECONDS).until(() -> {
            HttpResponse<String> answer = broker.get(path, asked);
            return answer.statusCode() == 200 && answer.body().contains("\"tagged\"");
        });
    }

    private static String unzipped(byte[] bytes) throws IOException {
        return new String(new GZIPInputStream(new ByteArrayInputStream(bytes)).readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void wrongParameters_areRefused() {
        String names = "device=a&".repeat(101);
        Stream.of(
                        "limit=0",
                        "limit=1001",
                        "limit=x",
                        "after=a/b",
                        "online=maybe",
                        "q=" + "x".repeat(129),
                        "since=x&limit=1",
                        names)
                .forEach(query -> assertThat(broker.get("/api/v1/devices?" + query, "Authorization", "Bearer " + ADMIN)
                                .statusCode())
                        .as(query)
                        .isEqualTo(400));
    }
}
