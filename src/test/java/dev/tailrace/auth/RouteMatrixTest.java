package dev.tailrace.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.config.Setting;
import dev.tailrace.http.Route;
import dev.tailrace.testing.GrantTokens;
import dev.tailrace.testing.RunningBroker;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every route with every kind of credential: the status for callers that are allowed, and for others. */
final class RouteMatrixTest {

    private static final String ADMIN = "the administrator's token";

    /**
     * The route; the allowed callers: all, known, or a permission over the device, its fleet or everything; the status without a valid
     * credential, with one that does not allow the request, and with one that does; and the kind of its body: none ({@code -}), a small
     * {@code json} object of the API, a {@code document} that is read to its end, or {@code lines} that are stored as they
     * arrive, perhaps without end ({@link RouteBodiesTest}). {@code M} stands for the device, which belongs to the fleet {@code eu}.
     */
    private static final String TABLE = """
            GET /                                                        | all                   | 200 | 200 | 200 | -
            GET /web/:file                                               | all                   | 200 | 200 | 200 | -
            GET /api/v1/openapi.yaml                                     | all                   | 200 | 200 | 200 | -
            GET /doctor                                                  | all                   | 200 | 200 | 200 | -
            GET /web/doctor.js                                           | all                   | 200 | 200 | 200 | -
            GET /web/doctor.css                                          | all                   | 200 | 200 | 200 | -
            GET /web/doctor.json                                         | all                   | 200 | 200 | 200 | -
            GET /api/v1/doctor                                           | all                   | 200 | 200 | 200 | -
            GET /api/v1/doctor/stream                                    | all                   | 200 | 200 | 200 | -
            GET /api/v1/doctor/websocket                                 | all                   | 426 | 426 | 426 | -
            GET /api/v1/devices/:device/ingest                           | logs:write device     | 401 | 404 | 426 | -
            POST /api/v1/devices/:device/logs                            | logs:write device     | 401 | 404 | 202 | lines
            PUT /api/v1/devices/:device/logs                             | logs:write device     | 401 | 404 | 202 | lines
            POST /api/v1/devices/:device/upload                          | logs:write device     | 401 | 404 | 202 | lines
            GET /api/v1/devices/:device/logs                             | logs:read device      | 401 | 404 | 200 | -
            GET /api/v1/devices/:device/logs/stream                      | logs:read device      | 401 | 404 | 200 | -
            DELETE /api/v1/devices/:device/logs                          | logs:clear device     | 401 | 404 | 204 | -
            GET /api/v1/devices/:device                                  | logs:read device      | 401 | 404 | 200 | -
            GET /api/v1/devices/:device/keys                             | admin device          | 401 | 404 | 200 | -
            POST /api/v1/devices/:device/keys                            | admin device          | 401 | 404 | 201 | json
            POST /api/v1/devices/:device/keys/:key/rotate                | admin device          | 401 | 404 | 404 | json
            DELETE /api/v1/devices/:device/keys/:key                     | admin device          | 401 | 404 | 404 | -
            GET /api/v1/keys                                             | admin everything      | 401 | 403 | 200 | -
            POST /api/v1/keys                                            | admin everything      | 401 | 403 | 400 | json
            POST /api/v1/keys/:key/rotate                                | admin everything      | 401 | 403 | 404 | json
            DELETE /api/v1/keys/:key                                     | admin everything      | 401 | 403 | 404 | -
            GET /api/v1/revocations                                      | admin everything      | 401 | 403 | 200 | -
            POST /api/v1/revocations                                     | admin everything      | 401 | 403 | 400 | json
            POST /api/v1/tickets                                         | known                 | 401 | 201 | 201 | json
            POST /api/v1/session                                         | known                 | 401 | 200 | 200 | json
            GET /api/v1/session                                          | known                 | 401 | 200 | 200 | -
            DELETE /api/v1/session                                       | all                   | 204 | 204 | 204 | -
            PUT /api/v1/devices/:device/fleet                            | admin everything      | 401 | 403 | 204 | json
            DELETE /api/v1/devices/:device/fleet                         | admin everything      | 401 | 403 | 204 | -
            GET /api/v1/limits                                           | known                 | 401 | 200 | 200 | -
            GET /api/v1/fleets                                           | known                 | 401 | 200 | 200 | -
            GET /api/v1/devices                                          | known                 | 401 | 200 | 200 | -
            GET /api/v1/devices?fleet=eu                                 | logs:read fleet       | 401 | 404 | 200 | -
            GET /api/v1/devices?fleet=none                               | nobody                | 401 | 404 | 404 | -
            GET /api/v1/logs/stream?device=M                             | logs:read device      | 401 | 404 | 200 | -
            GET /api/v1/logs/stream?fleet=eu                             | logs:read fleet       | 401 | 404 | 200 | -
            GET /api/v1/logs/stream?fleet=none                           | nobody                | 401 | 404 | 404 | -
            POST /v1/logs                                                | logs:write device     | 401 | 400 | 200 | document
            POST /api/v1/devices/:device/v1/logs                         | logs:write device     | 401 | 404 | 200 | document
            POST /gelf                                                   | logs:write device     | 401 | 400 | 202 | document
            POST /loki/api/v1/push                                       | logs:write device     | 401 | 400 | 204 | document
            POST /api/v1/devices/:device/loki/api/v1/push                | logs:write device     | 401 | 404 | 204 | document
            GET /loki/api/v1/tail?query={device="M"}                     | known                 | 401 | 426 | 426 | -
            GET /loki/api/v1/query_range?query={device="M"}              | logs:read device      | 401 | 404 | 200 | -
            GET /loki/api/v1/query?query=vector(1)+vector(1)             | known                 | 401 | 200 | 200 | -
            GET /loki/api/v1/labels                                      | known                 | 401 | 200 | 200 | -
            GET /loki/api/v1/label/:name/values                          | known                 | 401 | 200 | 200 | -
            POST /device/v2/:device/log-stream                           | logs:write device     | 401 | 401 | 201 | lines
            POST /device/v2/:device/logs                                 | logs:write device     | 401 | 401 | 201 | document
            GET /device/v2/:device/logs                                  | logs:read device      | 401 | 404 | 200 | -
            HEAD /device/v2/:device/logs                                 | logs:read device      | 401 | 404 | 200 | -
            GET /actor/v1/whoami                                         | known                 | 401 | 200 | 200 | -
            GET /v7/device(uuid=':device')                               | logs:read device      | 401 | 404 | 200 | -
            GET /v7/service(:service)                                    | known                 | 401 | 200 | 200 | -
            """;

    private static final String MINE = "mine";
    private static final String NEVER_HEARD_OF = "gone";
    private static final String SPARE = "spare";

    private static RunningBroker broker;

    record Row(
            String method, String path, String query, String who, int unknown, int refused, int passed, String body) {

        static Row of(String line) {
            String[] cells = line.split("\\|");
            String[] route = cells[0].trim().split(" ", 2);
            String[] address = route[1].split("\\?", 2);
            return new Row(
                    route[0],
                    address[0],
                    address.length < 2 ? "" : address[1],
                    cells[1].trim(),
                    status(cells[2]),
                    status(cells[3]),
                    status(cells[4]),
                    cells[5].trim());
        }

        private static int status(String cell) {
            return Integer.parseInt(cell.trim());
        }

        boolean isAbout(Route route) {
            return route.method().equals(HttpMethod.valueOf(method))
                    && route.path().equals(path);
        }

        /** The path with its parameters replaced by names. */
        String path(String device) {
            return path.replace(":device", device)
                    .replace(":name", "device")
                    .replace(":key", "0123456789abcdef")
                    .replace(":file", "main.js")
                    .replace(":service", "7");
        }

        boolean isOfDevice() {
            return who.endsWith(" device");
        }

        int expected(Credential credential) {
            if (who.equals("all") || (who.equals("known") && credential.grant != null)) {
                return passed;
            }
            return credential.grant == null ? unknown : isAllowed(credential.grant) ? passed : refused;
        }

        /** Implemented again here, independently of the code under test. */
        private boolean isAllowed(Grant grant) {
            String[] wanted = who.split(" ");
            String held = grant.permission().wire();
            if (wanted.length < 2 || !(held.equals(wanted[0]) || held.equals("admin"))) {
                return false;
            }
            return switch (grant.toString().replaceAll("^[^@]*@", "")) {
                case "*" -> true;
                case "fleet/eu" -> wanted[1].equals("device") || wanted[1].equals("fleet");
                case "device/" + MINE -> wanted[1].equals("device");
                default -> false;
            };
        }

        @Override
        public String toString() {
            return method + " " + path + (query.isEmpty() ? "" : "?" + query);
        }
    }

    /**
     * @param headers that show it
     * @param grant what it allows; null when it is not good
     */
    record Credential(String name, Map<String, String> headers, Grant grant) {

        static Credential bearer(String token, Grant grant) {
            return new Credential(token, Map.of("Authorization", "Bearer " + token), grant);
        }
    }

    /** Credentials of all kinds; new kinds are added here. */
    private static List<Credential> credentials() {
        List<Credential> all = new ArrayList<>();
        all.add(new Credential("none", Map.of(), null));
        all.add(Credential.bearer("wrong", null));
        all.add(new Credential("of no known scheme", Map.of("Authorization", "Digest " + ADMIN), null));
        all.add(Credential.bearer(ADMIN, Grant.all(Permission.ADMIN)));
        for (Permission permission : Permission.values()) {
            for (String over : List.of("device/" + MINE, "device/other", "fleet/eu", "fleet/us", "*")) {
                Grant grant = Grant.parse(permission.wire() + "@" + over);
                all.add(Credential.bearer(grant.toString(), grant));
            }
        }
        return all;
    }

    static Stream<Row> rows() {
        return TABLE.lines().map(Row::of);
    }

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(
                Map.of(Setting.AUTH_ADMIN_TOKEN, ADMIN, Setting.BALENA_API, "true"), GrantTokens::of);
        send("PUT", "/api/v1/devices/" + MINE + "/fleet", "{\"fleet\":\"eu\"}", administrator());
        send("PUT", "/api/v1/devices/other/fleet", "{\"fleet\":\"us\"}", administrator());
        send("POST", "/api/v1/devices/" + MINE + "/logs", "{\"message\":\"a\"}", administrator());
    }

    private static Credential administrator() {
        return Credential.bearer(ADMIN, null);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void everyRoute_hasARow_andEveryRowARoute() {
        assertThat(Route.ALL.stream().filter(route -> rows().noneMatch(row -> row.isAbout(route))))
                .as("routes without a row in RouteMatrixTest.TABLE")
                .isEmpty();
        assertThat(rows().filter(row -> Route.ALL.stream().noneMatch(row::isAbout)))
                .as("rows of RouteMatrixTest.TABLE without a route in Route.ALL")
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("rows")
    void route_withEachCredential_answersAsTheTableSays(Row row) {
        SoftAssertions each = new SoftAssertions();
        for (Credential credential : credentials()) {
            Answer answer = ask(row, MINE, credential);
            each.assertThat(answer.status).as(credential.name).isEqualTo(row.expected(credential));
            each.assertThat(answer.body)
                    .as(credential.name)
                    .doesNotContain("Bearer ey", ADMIN)
                    .doesNotContain("problem:not-found"); // the answer of a route that is not mounted
        }
        each.assertAll();
    }

    @ParameterizedTest
    @MethodSource("rows")
    void foreignDevice_isAnsweredAsAnUnknownOne(Row row) {
        if (!row.isOfDevice()) {
            return;
        }
        for (String over : List.of("device/other", "fleet/us")) {
            for (Permission permission : Permission.values()) {
                Credential other = Credential.bearer(permission.wire() + "@" + over, null);
                assertThat(ask(row, MINE, other)).as(other.name).isEqualTo(ask(row, NEVER_HEARD_OF, other));
            }
        }
    }

    @Test
    void foreignFleet_isAnsweredAsAnUnknownOne() {
        Credential other = Credential.bearer("admin@fleet/us", null);
        for (String path : List.of("/api/v1/devices?fleet=", "/api/v1/logs/stream?fleet=")) {
            Answer notTheirs = send("GET", path + "eu", "", other).without("eu");
            assertThat(notTheirs)
                    .isEqualTo(send("GET", path + "none", "", other).without("none"));
        }
    }

    @Test
    void lists_showWhatTheCallerMayRead() {
        Credential reader = Credential.bearer("logs:read@fleet/eu", null);
        assertThat(send("GET", "/api/v1/fleets", "", reader).body)
                .isEqualTo("{\"fleets\":[{\"fleet\":\"eu\",\"devices\":1}]}");
        assertThat(send("GET", "/api/v1/fleets", "", Credential.bearer("logs:write@*", null)).body)
                .isEqualTo("{\"fleets\":[]}");
        assertThat(send("GET", "/api/v1/devices?fleet=eu", "", reader).body)
                .contains("\"" + MINE + "\"")
                .contains("\"fleet\":\"eu\"")
                .doesNotContain("other");
    }

    // ---- asking

    /** A response, which can be compared without the headers that always differ. */
    record Answer(int status, Map<String, List<String>> headers, String body) {
        Answer without(String name) {
            Map<String, List<String>> kept = new LinkedHashMap<>(headers);
            kept.remove("date");
            kept.remove("content-length");
            return new Answer(status, kept, body.replace(name, "NAME"));
        }
    }

    private static Answer ask(Row row, String device, Credential credential) {
        // Another device, because the device of the other rows would leave its fleet.
        String named = row.method.equals("DELETE") && row.path.endsWith("/fleet") ? SPARE : device;
        String path = row.path(named);
        String query = row.query.replaceAll("\\bM\\b", named);
        if (query.startsWith("query=")) {
            query = "query=" + URLEncoder.encode(query.substring("query=".length()), StandardCharsets.UTF_8);
        }
        return send(
                        row.method,
                        path + (query.isEmpty() ? "" : "?" + query),
                        body(row).replace("\"M\"", "\"" + named + "\""),
                        credential)
                .without(named);
    }

    static String body(Row row) {
        return switch (row.method + " " + row.path) {
            case "POST /v1/logs", "POST /api/v1/devices/:device/v1/logs" ->
                "{\"resourceLogs\":[{\"resource\":{\"attributes\":[{\"key\":\"device.id\",\"value\":"
                        + "{\"stringValue\":\"M\"}}]},\"scopeLogs\":[{\"logRecords\":[{\"body\":{\"stringValue\":\"a\"}}]}]}]}";
            case "POST /gelf" -> "{\"host\":\"M\",\"short_message\":\"a\"}";
            case "POST /loki/api/v1/push", "POST /api/v1/devices/:device/loki/api/v1/push" ->
                "{\"streams\":[{\"stream\":{\"device\":\"M\"},\"values\":[[\"1763820000100000000\",\"a\"]]}]}";
            case "POST /device/v2/:device/logs" -> "[{\"message\":\"a\",\"timestamp\":1763820000100}]";
            case "POST /device/v2/:device/log-stream" -> "{\"message\":\"a\",\"timestamp\":1763820000100}\n";
            case "POST /api/v1/session" -> "{\"token\":\"wrong\"}";
            case "PUT /api/v1/devices/:device/fleet" -> "{\"fleet\":\"eu\"}";
            case "POST /api/v1/devices/:device/upload" -> "MESSAGE=a\n__CURSOR=c\n\n";
            default -> row.method.startsWith("P") ? "{\"message\":\"a\"}\n" : "";
        };
    }

    static String type(String path) {
        if (path.endsWith("/upload")) {
            return "application/vnd.fdo.journal";
        }
        boolean lines = path.startsWith("/api/v1/devices/") && path.endsWith("/logs") && !path.endsWith("/v1/logs");
        return lines || path.endsWith("log-stream") ? "application/x-ndjson" : "application/json";
    }

    /** Reads only the head of an endless response. */
    private static Answer send(String method, String path, String body, Credential credential) {
        HttpRequest.Builder request = HttpRequest.newBuilder(broker.uri(path))
                .timeout(Duration.ofSeconds(20))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (!body.isEmpty()) {
            request.header("Content-Type", type(path));
        }
        credential.headers.forEach(request::header);
        HttpClient client = broker.http;
        try {
            HttpResponse<InputStream> answer = client.send(request.build(), BodyHandlers.ofInputStream());
            try (InputStream in = answer.body()) {
                boolean endless = answer.statusCode() == 200
                        && (path.contains("/logs/stream") || path.endsWith("/doctor/stream"));
                String text = endless ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
                return new Answer(answer.statusCode(), answer.headers().map(), text);
            }
        } catch (IOException failed) {
            throw new AssertionError(method + " " + path + " as " + credential.name, failed);
        } catch (InterruptedException stopped) {
            throw new AssertionError(stopped);
        }
    }
}
