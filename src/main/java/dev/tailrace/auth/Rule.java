package dev.tailrace.auth;

import static io.vertx.core.http.HttpMethod.DELETE;
import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.HEAD;
import static io.vertx.core.http.HttpMethod.POST;
import static io.vertx.core.http.HttpMethod.PUT;

import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a route asks of its callers. A route without a rule is never reached.
 *
 * @param method of the route
 * @param path of the route, as the router has it; {@code :device} is the device in question
 * @param need what is asked
 * @param permission over the device in question, or over everything; null where none is asked
 */
public record Rule(
        HttpMethod method, String path, Need need, @Nullable Permission permission) {

    /** Kinds of rules. */
    public enum Need {
        /** Anybody may. */
        NOTHING,
        /** Whoever is known may; the route looks at each device itself. */
        IDENTITY,
        /** A permission over the device in the path. */
        DEVICE,
        /** A permission over every device. */
        ALL_DEVICES
    }

    /** Of all routes. */
    public static final List<Rule> ALL = List.of(
            open(GET, "/"),
            open(GET, "/web/:file"),
            open(GET, "/api/v1/openapi.yaml"),
            open(GET, "/doctor"),
            open(GET, "/web/doctor.js"),
            open(GET, "/web/doctor.css"),
            open(GET, "/web/doctor.json"),
            open(GET, "/api/v1/doctor"),
            open(GET, "/api/v1/doctor/stream"),
            open(GET, "/api/v1/doctor/websocket"),
            device(GET, "/api/v1/devices/:device/ingest", Permission.LOGS_WRITE),
            device(POST, "/api/v1/devices/:device/logs", Permission.LOGS_WRITE),
            device(PUT, "/api/v1/devices/:device/logs", Permission.LOGS_WRITE),
            device(POST, "/api/v1/devices/:device/upload", Permission.LOGS_WRITE),
            device(GET, "/api/v1/devices/:device/logs", Permission.LOGS_READ),
            device(GET, "/api/v1/devices/:device/logs/stream", Permission.LOGS_READ),
            device(DELETE, "/api/v1/devices/:device/logs", Permission.LOGS_CLEAR),
            device(GET, "/api/v1/devices/:device", Permission.LOGS_READ),
            device(GET, "/api/v1/devices/:device/keys", Permission.ADMIN),
            device(POST, "/api/v1/devices/:device/keys", Permission.ADMIN),
            device(POST, "/api/v1/devices/:device/keys/:key/rotate", Permission.ADMIN),
            device(DELETE, "/api/v1/devices/:device/keys/:key", Permission.ADMIN),
            everywhere(GET, "/api/v1/keys"),
            everywhere(POST, "/api/v1/keys"),
            everywhere(POST, "/api/v1/keys/:key/rotate"),
            everywhere(DELETE, "/api/v1/keys/:key"),
            everywhere(GET, "/api/v1/revocations"),
            everywhere(POST, "/api/v1/revocations"),
            everywhere(PUT, "/api/v1/devices/:device/fleet"),
            everywhere(DELETE, "/api/v1/devices/:device/fleet"),
            known(GET, "/api/v1/fleets"),
            known(POST, "/api/v1/tickets"),
            open(POST, "/api/v1/session"), // its handler finds out who it is, and sees no caller
            known(GET, "/api/v1/session"),
            open(DELETE, "/api/v1/session"),
            known(GET, "/api/v1/limits"),
            known(GET, "/api/v1/devices"),
            known(GET, "/api/v1/logs/stream"),
            known(POST, "/v1/logs"),
            known(POST, "/loki/api/v1/push"),
            known(GET, "/loki/api/v1/tail"),
            known(GET, "/loki/api/v1/query_range"),
            known(GET, "/loki/api/v1/query"),
            known(GET, "/loki/api/v1/labels"),
            known(GET, "/loki/api/v1/label/:name/values"),
            device(POST, "/device/v2/:device/log-stream", Permission.LOGS_WRITE),
            device(POST, "/device/v2/:device/logs", Permission.LOGS_WRITE),
            device(GET, "/device/v2/:device/logs", Permission.LOGS_READ),
            device(HEAD, "/device/v2/:device/logs", Permission.LOGS_READ),
            known(GET, "/actor/v1/whoami"),
            device(GET, "/v7/device(uuid=':device')", Permission.LOGS_READ),
            known(GET, "/v7/service(:service)"));

    private static Rule open(HttpMethod method, String path) {
        return new Rule(method, path, Need.NOTHING, null);
    }

    private static Rule known(HttpMethod method, String path) {
        return new Rule(method, path, Need.IDENTITY, null);
    }

    private static Rule everywhere(HttpMethod method, String path) {
        return new Rule(method, path, Need.ALL_DEVICES, Permission.ADMIN);
    }

    private static Rule device(HttpMethod method, String path, Permission permission) {
        return new Rule(method, path, Need.DEVICE, permission);
    }

    static boolean exists(HttpMethod method, @Nullable String path) {
        return ALL.stream().anyMatch(rule -> rule.method.equals(method) && rule.path.equals(path));
    }

    /** Whether the route is of balena's API, whose clients have words and ways of their own. */
    boolean isBalena() {
        return path.startsWith("/device/v2/") || path.startsWith("/v7/") || path.startsWith("/actor/");
    }

    /** Paths of streams and histories of logs. */
    private static final Set<String> TICKETS = Set.of(
            "/api/v1/devices/:device/ingest",
            "/api/v1/devices/:device/logs",
            "/api/v1/devices/:device/logs/stream",
            "/api/v1/logs/stream",
            "/loki/api/v1/tail",
            "/device/v2/:device/logs");

    /** Whether the route may be opened with a ticket: it streams lines or entries, and a page has no other credential to show. */
    boolean takesTicket() {
        return method.equals(GET) && TICKETS.contains(path);
    }

    /** Whether a route that may be opened with a ticket has this path. */
    static boolean takesTicket(String path) {
        return TICKETS.stream().anyMatch(route -> Pattern.matches(route.replace(":device", "[^/]+"), path));
    }

    /** Whether the route's handler takes the body as it comes, and lets it flow when it is ready. */
    boolean takesBody() {
        return permission == Permission.LOGS_WRITE || path.equals("/v1/logs") || path.equals("/loki/api/v1/push");
    }
}
