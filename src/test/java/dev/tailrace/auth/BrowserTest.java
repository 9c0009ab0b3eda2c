package dev.tailrace.auth;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.EventReader;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Logins and tickets, on two brokers that share a Redis. */
@Timeout(60)
final class BrowserTest {

    private static final String ADMIN = "admin-token-of-this-test";
    private static final String SESSION = "/api/v1/session";
    private static final String TICKETS = "/api/v1/tickets";
    private static RedisProcess redis;
    private static RunningBroker one;
    private static RunningBroker two;

    private final String device = RunningBroker.newDevice();
    private final String logs = "/api/v1/devices/" + device + "/logs";

    @BeforeAll
    static void start() throws Exception {
        redis = RedisProcess.start();
        one = broker();
        two = broker();
    }

    private static RunningBroker broker() {
        return RunningBroker.start(
                Map.of(Setting.REDIS, redis.url(), Setting.AUTH_ADMIN_TOKEN, ADMIN, Setting.AUTH_TICKETS, "5"));
    }

    @AfterAll
    static void stop() throws Exception {
        one.close();
        two.close();
        redis.close();
    }

    // ---- what a test does

    private static HttpResponse<String> as(String token, String method, String path, String body) {
        return one.request(method, path, body, "Authorization", "Bearer " + token);
    }

    private static JsonObject key(String grants, String more) {
        HttpResponse<String> made = as(ADMIN, "POST", "/api/v1/keys", "{\"grants\":[" + grants + "]" + more + "}");
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        return new JsonObject(made.body());
    }

    private JsonObject reader() {
        return key("\"logs:read@device/" + device + "\"", "");
    }

    private static String ticket(String token, String body) {
        HttpResponse<String> made = as(token, "POST", TICKETS, body);
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        assertThat(new JsonObject(made.body()).getInteger("expiresIn")).isEqualTo(60);
        return new JsonObject(made.body()).getString("ticket");
    }

    /** The name and value of the cookie. */
    private static String logIn(String token) {
        HttpResponse<String> in = one.request(
                "POST", SESSION, new JsonObject().put("token", token).encode());
        assertThat(in.statusCode()).as(in.body()).isEqualTo(200);
        return setCookie(in).split(";", 2)[0];
    }

    private static String setCookie(HttpResponse<String> answer) {
        return answer.headers().firstValue("Set-Cookie").orElseThrow();
    }

    private int readBy(RunningBroker broker, String ticket) {
        return broker.get(logs + "?ticket=" + ticket).statusCode();
    }

    // ---- tickets

    @Test
    void ticket_opensOneStream_onAnyBroker() {
        assertThat(one.request("POST", logs, "hello", "Content-Type", "text/plain", "Authorization", "Bearer " + ADMIN)
                        .statusCode())
                .isEqualTo(202);
        String ticket = ticket(reader().getString("token"), "");
        try (SseReader stream = SseReader.open(two.port(), logs + "/stream?tail=1&ticket=" + ticket)) {
            assertThat(stream.message().json().getString("message")).isEqualTo("hello");
        }
        assertThat(readBy(one, ticket)).isEqualTo(401);
        assertThat(readBy(two, ticket)).isEqualTo(401);
    }

    /** Reconnects as a native EventSource does: with the same URL, and the last event id. */
    @Test
    void streamOfATicket_isResumedByItsLastEventId_onceAndOnAnyBroker() {
        JsonObject key = reader();
        String path = logs + "/stream?ticket=" + ticket(key.getString("token"), "");
        String placed;
        try (SseReader stream = SseReader.open(one.port(), path)) {
            placed = stream.next().id();
            assertThat(placed).matches("[a-z0-9]+-\\d+~[A-Za-z0-9_-]{43}");
        }
        store("while away");
        String last;
        try (SseReader again = SseReader.open(two.port(), path, "Last-Event-ID", placed)) {
            EventReader.Event entry = again.message();
            assertThat(entry.json().getString("message")).isEqualTo("while away");
            last = entry.id();
            assertThat(last).startsWith(entry.json().getString("id") + "~");
        }
        assertThat(resume(path, placed)).as("used").isEqualTo(401);
        store("again");
        try (SseReader again = SseReader.open(one.port(), path, "Last-Event-ID", last)) {
            EventReader.Event entry = again.message();
            assertThat(entry.json().getString("message")).isEqualTo("again");
            last = entry.id();
        }
        String other = path.replace(device, device + "-other");
        assertThat(resume(other, last)).as("another stream").isEqualTo(401);
    }

    @Test
    void streamOfATicket_cannotBeResumed_afterItsIssuerIsRevoked() {
        JsonObject key = reader();
        String path = "/api/v1/logs/stream?device=" + device + "&ticket=" + ticket(key.getString("token"), "");
        String last;
        try (SseReader stream = SseReader.open(one.port(), path)) {
            EventReader.Event checkpoint = stream.message();
            assertThat(checkpoint.name()).isEqualTo("checkpoint");
            last = checkpoint.id();
        }
        assertThat(as(ADMIN, "DELETE", "/api/v1/keys/" + key.getString("id"), "")
                        .statusCode())
                .isBetween(200, 204);
        assertThat(resume(path, last)).isEqualTo(401);
    }

    /** Otherwise a reader that loses it before the first checkpoint could not resume. */
    @Test
    void streamOfATicket_ofSeveralDevices_hasTheNextTicketInItsHead() {
        String path = "/api/v1/logs/stream?device=" + device + "&device=" + device + "-2&ticket=" + ticket(ADMIN, "");
        String place;
        try (SseReader stream = SseReader.open(one.port(), path)) {
            EventReader.Event head = stream.next();
            assertThat(head.name()).isEqualTo("alive");
            assertThat(head.id()).as("a ticket without a place").matches("~[A-Za-z0-9_-]{43}");
            place = head.id();
        }
        try (SseReader stream = SseReader.open(two.port(), path, "Last-Event-ID", place)) {
            EventReader.Event checkpoint = stream.message();
            assertThat(checkpoint.name()).isEqualTo("checkpoint");
            place = checkpoint.id();
        }
        try (SseReader stream = SseReader.open(one.port(), path, "Last-Event-ID", place)) {
            EventReader.Event head = stream.next();
            assertThat(head.name()).isEqualTo("alive");
            assertThat(head.id()).startsWith(place.replaceAll("~.*", "~")).isNotEqualTo(place);
            place = head.id();
        }
        String inQuery = path + "&lastEventId=" + URLEncoder.encode(place, StandardCharsets.UTF_8);
        try (SseReader stream = SseReader.open(two.port(), inQuery)) {
            assertThat(stream.status()).as("a reader that cannot set headers").isEqualTo(200);
        }
        try (SseReader stream = SseReader.open(two.port(), inQuery)) {
            assertThat(stream.status()).as("the ticket is used up").isEqualTo(401);
        }
    }

    /** An EventSource accepts only a stream, and the ticket in its URL is used up. */
    @Test
    void streamOfATicket_thatIsAskedToReconnect_getsTheNextTicket() {
        Map<Setting, String> settings =
                Map.of(Setting.REDIS, redis.url(), Setting.AUTH_ADMIN_TOKEN, ADMIN, Setting.FOLLOWED_DEVICES, "1");
        String narrow = "/api/v1/logs/stream?device=" + device + "&device=" + device + "-2&ticket=";
        try (RunningBroker full = RunningBroker.start(settings)) {
            String fresh = narrow + ticket(ADMIN, "");
            String id = askedToComeAgain(full, fresh, "");
            assertThat(id).matches("~[A-Za-z0-9_-]{43}");
            assertThat(askedToComeAgain(full, fresh, id))
                    .matches("~[A-Za-z0-9_-]{43}")
                    .isNotEqualTo(id);
            String place = device + ":abc-1";
            String placed = narrow + ticket(ADMIN, "") + "&after=" + place;
            id = askedToComeAgain(full, placed, "");
            assertThat(id).startsWith(place + "~");
            assertThat(askedToComeAgain(full, placed, id))
                    .startsWith(place + "~")
                    .isNotEqualTo(id);
        }
    }

    /** The event id of an event. */
    private static String askedToComeAgain(RunningBroker broker, String path, String lastEventId) {
        HttpResponse<String> answer = broker.get(path, "Accept", "text/event-stream", "Last-Event-ID", lastEventId);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).contains("event: bye\n").containsPattern("\nid: .*\n");
        return answer.body().replaceAll("(?s).*\nid: ([^\n]*)\n.*", "$1");
    }

    private void store(String message) {
        HttpResponse<String> stored =
                one.request("POST", logs, message, "Content-Type", "text/plain", "Authorization", "Bearer " + ADMIN);
        assertThat(stored.statusCode()).isEqualTo(202);
    }

    private static int resume(String path, String lastEventId) {
        try (SseReader stream = SseReader.open(one.port(), path, "Last-Event-ID", lastEventId)) {
            return stream.status();
        }
    }

    @Test
    void ticket_usedConcurrently_isValidOnce() {
        String ticket = ticket(reader().getString("token"), "");
        List<CompletableFuture<HttpResponse<String>>> asked = IntStream.range(0, 50)
                .mapToObj(i -> i % 2 == 0 ? one : two)
                .map(broker -> broker.http.sendAsync(
                        HttpRequest.newBuilder(broker.uri(logs + "?ticket=" + ticket))
                                .build(),
                        BodyHandlers.ofString()))
                .toList();
        List<Integer> statuses =
                asked.stream().map(answer -> answer.join().statusCode()).toList();
        assertThat(statuses).filteredOn(status -> status == 200).hasSize(1);
        assertThat(statuses).filteredOn(status -> status == 401).hasSize(49);
    }

    @Test
    void ticket_changesNothing() {
        String ticket = ticket(ADMIN, "");
        assertThat(one.request("POST", logs + "?ticket=" + ticket, "hello").statusCode())
                .isEqualTo(401);
        assertThat(one.request("DELETE", logs + "?ticket=" + ticket, "").statusCode())
                .isEqualTo(401);
        assertThat(one.request("POST", TICKETS + "?ticket=" + ticket, "").statusCode())
                .isEqualTo(401);
        assertThat(readBy(one, ticket)).isEqualTo(200); // it was not used up
    }

    @Test
    void ticket_hasThePermissionsOfItsIssuer_orFewer() {
        String other = "/api/v1/devices/" + device + "-other/logs?ticket=";
        String token = reader().getString("token");
        assertThat(one.get(other + ticket(token, "")).statusCode()).isEqualTo(404);
        assertThat(one.get(other + ticket(token, "{\"devices\":[\"" + device + "-other\"]}"))
                        .statusCode())
                .isEqualTo(404);
        String narrow = "{\"devices\":[\"" + device + "\"],\"permissions\":[\"logs:read\"]}";
        assertThat(one.get(other + ticket(ADMIN, narrow)).statusCode()).isEqualTo(404);
        assertThat(readBy(one, ticket(ADMIN, narrow))).isEqualTo(200);
    }

    @Test
    void ticket_opensOnlyStreamsAndHistories_andIsNotUsedUpByARefusal() {
        String ticket = ticket(ADMIN, "");
        for (String path : List.of(
                "/api/v1/keys",
                "/api/v1/devices/" + device + "/keys",
                "/api/v1/devices/" + device,
                "/api/v1/devices",
                "/api/v1/fleets",
                "/api/v1/limits",
                SESSION,
                "/loki/api/v1/labels",
                "/api/v1/revocations")) {
            assertThat(one.get(path + "?ticket=" + ticket).statusCode())
                    .as(path)
                    .isEqualTo(401);
        }
        assertThat(readBy(one, ticket)).isEqualTo(200);
    }

    @Test
    void ticketOfAPath_opensThatStreamOnly_atAnyPositionWithAnyFilter() {
        String path = "/api/v1/logs/stream?device=" + device + "&device=" + device + "-2";
        String ticket = ticket(ADMIN, new JsonObject().put("path", path).encode());
        String swapped = "/api/v1/logs/stream?device=" + device + "-2&tail=5&device=" + device + "&ticket=" + ticket;
        for (String other : List.of(
                logs,
                logs + "/stream",
                "/api/v1/logs/stream?device=" + device,
                "/api/v1/logs/stream?fleet=eu",
                path + "&device=" + device + "-3")) {
            assertThat(resume(other + (other.contains("?") ? "&" : "?") + "ticket=" + ticket, ""))
                    .as(other)
                    .isEqualTo(401);
        }
        try (SseReader stream = SseReader.open(two.port(), swapped)) {
            assertThat(stream.status()).isEqualTo(200);
        }
    }

    /** Every reader of the stream has it, and might send it with another URL. */
    @Test
    void nextTicket_opensNoOtherStream() {
        String path = logs + "/stream?ticket=" + ticket(ADMIN, "");
        String place;
        try (SseReader stream = SseReader.open(one.port(), path)) {
            place = stream.next().id();
        }
        assertThat(resume(path.replace(device, device + "-2"), place)).isEqualTo(401);
        assertThat(resume(path.replace("/stream", ""), place)).isEqualTo(401);
        assertThat(resume(path, place)).isEqualTo(200);
    }

    @Test
    void wrongRequestForATicket_isRefused() {
        for (String body : List.of(
                "{\"path\":\"/api/v1/keys\"}",
                "{\"path\":\"/%zz\"}",
                "{\"path\":7}",
                "{\"devices\":\"x\"}",
                "{\"devices\":[\"../x\"]}",
                "{\"permissions\":[\"all\"]}",
                "[")) {
            assertThat(as(ADMIN, "POST", TICKETS, body).statusCode()).as(body).isEqualTo(400);
        }
        assertThat(one.request("POST", TICKETS, "").statusCode()).isEqualTo(401);
    }

    @Test
    void tickets_areLimited_untilTheyAreUsed() {
        String token = reader().getString("token");
        List<String> tickets =
                IntStream.range(0, 5).mapToObj(i -> ticket(token, "")).toList();
        HttpResponse<String> sixth = as(token, "POST", TICKETS, "");
        assertThat(sixth.statusCode()).isEqualTo(429);
        assertThat(sixth.headers().firstValue("Retry-After")).hasValue("60");
        assertThat(as(reader().getString("token"), "POST", TICKETS, "").statusCode())
                .isEqualTo(201);
        assertThat(readBy(two, tickets.get(0))).isEqualTo(200);
        assertThat(as(token, "POST", TICKETS, "").statusCode()).isEqualTo(201);
    }

    @Test
    void listOfTickets_expiresWithTheLast() {
        JsonObject key = reader();
        ticket(key.getString("token"), "");
        assertThat((Long) redis.command("PTTL", "tailrace:auth:list:tickets/key:" + key.getString("id")))
                .isBetween(1L, 60_000L);
    }

    @Test
    void streamOfATicket_ends_whenTheKeyOfItsIssuerIsRevoked() {
        JsonObject key = reader();
        String ticket = ticket(key.getString("token"), "");
        try (SseReader stream = SseReader.open(two.port(), logs + "/stream?ticket=" + ticket)) {
            assertThat(stream.status()).isEqualTo(200);
            as(ADMIN, "DELETE", "/api/v1/keys/" + key.getString("id"), "");
            assertThat(stream.message().name()).isEqualTo("bye");
        }
    }

    // ---- logins

    @Test
    void cookie_isSameSite_httpOnly_andValidForTwelveHours() {
        String plain = setCookie(one.request(
                "POST", SESSION, new JsonObject().put("token", ADMIN).encode()));
        assertThat(plain)
                .startsWith("tailrace=")
                .containsIgnoringCase("; HttpOnly")
                .contains("SameSite=Strict")
                .contains("Path=/")
                .contains("Max-Age=43200")
                .doesNotContain("Secure")
                .doesNotContain(ADMIN);
        assertThat(setCookie(one.request(
                        "POST", SESSION, "", "Authorization", "Bearer " + ADMIN, "X-Forwarded-Proto", "https")))
                .contains("Secure");
    }

    @Test
    void cookie_expiresWithItsToken() {
        String token = key("\"logs:read@*\"", ",\"expiresIn\":100").getString("token");
        String cookie = setCookie(as(token, "POST", SESSION, ""));
        int seconds = Integer.parseInt(cookie.replaceAll(".*Max-Age=(\\d+).*", "$1"));
        assertThat(seconds).isBetween(1, 100);
    }

    @Test
    void cookie_authenticates_onAnyBroker() {
        JsonObject key = reader();
        String cookie = logIn(key.getString("token"));
        assertThat(two.get(logs, "Cookie", cookie).statusCode()).isEqualTo(200);
        assertThat(two.request("POST", logs, "hello", "Cookie", cookie).statusCode())
                .isEqualTo(404);
        JsonObject who = new JsonObject(two.get(SESSION, "Cookie", cookie).body());
        assertThat(who.getString("subject")).isEqualTo("key:" + key.getString("id"));
        assertThat(who.getJsonArray("grants").getString(0)).isEqualTo("logs:read@device/" + device);
        String secret = cookie.substring(cookie.indexOf('=') + 1);
        assertThat(two.get(logs, "Authorization", "Bearer " + secret).statusCode())
                .isEqualTo(401); // a cookie is no token
    }

    @Test
    void almostRightCookie_isRefused() {
        String cookie = logIn(reader().getString("token"));
        char last = cookie.charAt(cookie.length() - 1);
        String other = cookie.substring(0, cookie.length() - 1) + (last == 'A' ? 'B' : 'A');
        assertThat(one.get(logs, "Cookie", other).statusCode()).isEqualTo(401);
        assertThat(one.request("DELETE", SESSION, "", "Cookie", other).statusCode())
                .isEqualTo(204);
        assertThat(one.get(logs, "Cookie", cookie).statusCode()).isEqualTo(200);
    }

    @Test
    void wrongToken_doesNotLogIn() {
        HttpResponse<String> refused = one.request("POST", SESSION, "{\"token\":\"nobody knows this\"}");
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(refused.headers().firstValue("Set-Cookie")).isEmpty();
        assertThat(refused.body()).doesNotContain("nobody knows this");
        assertThat(one.request("POST", SESSION, "").statusCode()).isEqualTo(400);
    }

    @Test
    void login_ends_withItsKey_orByALogout() {
        JsonObject key = reader();
        String first = logIn(key.getString("token"));
        String second = logIn(key.getString("token"));
        try (SseReader stream = SseReader.open(two.port(), logs + "/stream", "Cookie", first)) {
            assertThat(stream.status()).isEqualTo(200);
            HttpResponse<String> out = one.request("DELETE", SESSION, "", "Cookie", first);
            assertThat(out.statusCode()).isEqualTo(204);
            assertThat(setCookie(out)).startsWith("tailrace=;").contains("Max-Age=0");
            assertThat(one.get(logs, "Cookie", first).statusCode()).isEqualTo(401);
            assertThat(stream.message().name()).isEqualTo("bye");
        }
        assertThat(two.get(logs, "Cookie", second).statusCode()).isEqualTo(200);
        as(ADMIN, "DELETE", "/api/v1/keys/" + key.getString("id"), "");
        await().atMost(20, SECONDS).until(() -> two.get(logs, "Cookie", second).statusCode() == 401);
    }

    /** A page on a sibling domain may set cookies that are sent here as well, before the right one. */
    @Test
    void cookiesOfTheSameName_areTriedInTurn() {
        String cookie = logIn(reader().getString("token"));
        String other = "tailrace=" + "0".repeat(16) + "_" + "A".repeat(43);
        for (String shown : List.of(
                "tailrace=zzz; " + cookie,
                cookie + "; tailrace=zzz",
                other + "; " + cookie,
                "tailrace=; tailrace; a=b; " + cookie,
                cookie + ";" + cookie)) {
            assertThat(two.get(logs, "Cookie", shown).statusCode()).as(shown).isEqualTo(200);
        }
        assertThat(two.get(logs, "Cookie", "tailrace=zzz; " + other).statusCode())
                .isEqualTo(401);
        assertThat(one.request("DELETE", SESSION, "", "Cookie", other + "; " + cookie)
                        .statusCode())
                .isEqualTo(204);
        assertThat(one.get(logs, "Cookie", cookie).statusCode())
                .as("logged out")
                .isEqualTo(401);
    }

    @Test
    void cookieOverTls_isHostOnly_andIsTriedFirst() {
        String token = reader().getString("token");
        HttpResponse<String> in =
                one.request("POST", SESSION, "", "Authorization", "Bearer " + token, "X-Forwarded-Proto", "https");
        assertThat(setCookie(in))
                .startsWith("__Host-tailrace=")
                .contains("; Path=/", "Secure")
                .doesNotContain("Domain");
        String cookie = setCookie(in).split(";", 2)[0];
        String tossed = "tailrace=%016x_" + "A".repeat(43);
        String shown =
                IntStream.range(0, 50).mapToObj(tossed::formatted).collect(Collectors.joining("; ")) + "; " + cookie;
        assertThat(two.get(logs, "Cookie", shown).statusCode()).isEqualTo(200);
        HttpResponse<String> out = two.request("DELETE", SESSION, "", "Cookie", cookie, "X-Forwarded-Proto", "https");
        assertThat(out.headers().allValues("Set-Cookie")).anyMatch(gone -> gone.startsWith("__Host-tailrace=;"));
        await().atMost(20, SECONDS).until(() -> two.get(logs, "Cookie", cookie).statusCode() == 401);
    }

    @Test
    void foreignPage_usesNoLogin() {
        String cookie = logIn(ADMIN);
        assertThat(one.request("POST", logs, "hello", "Cookie", cookie, "Origin", "https://evil.example")
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void secrets_areNotInRedis() {
        String token = reader().getString("token");
        String ticket = ticket(token, "");
        String cookie = logIn(token);
        List<String> hidden = List.of(ticket, token.split("_", 3)[2], cookie.split("_", 2)[1], ADMIN);
        List<?> names = (List<?>) redis.command("KEYS", "tailrace:auth:*");
        assertThat(names.toString()).contains(":login:").contains(":ticket:").contains(":key:");
        for (Object name : names) {
            String dump = name + " " + redis.command("DUMP", name.toString());
            hidden.forEach(secret -> assertThat(dump).doesNotContain(secret));
        }
    }

    @Test
    void login_withoutConfiguredCredentials_storesNothing() {
        try (RunningBroker open = RunningBroker.start(Map.of(Setting.REDIS, redis.url()))) {
            HttpResponse<String> in = open.request("POST", SESSION, "{\"token\":\"whatever\"}");
            assertThat(in.statusCode()).isEqualTo(200);
            assertThat(in.headers().firstValue("Set-Cookie")).isEmpty();
            assertThat(new JsonObject(in.body()).getString("subject")).isEqualTo("everybody");
        }
    }
}
