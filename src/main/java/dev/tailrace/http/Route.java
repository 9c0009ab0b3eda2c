package dev.tailrace.http;

import static dev.tailrace.http.Route.Access.ADMIN;
import static dev.tailrace.http.Route.Access.ANYBODY;
import static dev.tailrace.http.Route.Access.CALLER;
import static dev.tailrace.http.Route.Access.CLEARER;
import static dev.tailrace.http.Route.Access.DEVICE_ADMIN;
import static dev.tailrace.http.Route.Access.READER;
import static dev.tailrace.http.Route.Access.WRITER;
import static dev.tailrace.http.Route.Body.DOCUMENT;
import static dev.tailrace.http.Route.Body.NONE;
import static dev.tailrace.http.Route.Body.STREAM;
import static dev.tailrace.http.Route.Dialect.BALENA;
import static dev.tailrace.http.Route.Dialect.TAILRACE;
import static io.vertx.core.http.HttpMethod.DELETE;
import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.HEAD;
import static io.vertx.core.http.HttpMethod.POST;
import static io.vertx.core.http.HttpMethod.PUT;

import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A route of the port for devices and readers. {@link #ALL} is the table of all routes: the broker does not start when a route is
 * mounted that is missing here, and what treats routes differently reads these columns.
 *
 * @param path as the router has it; {@code :device} is the device that the request is about
 * @param access who may call it
 * @param body how its body is read
 * @param dialect whose conventions it follows
 * @param ticket whether a ticket opens it: it streams lines or entries, and a web page has no other credential to show
 */
public record Route(HttpMethod method, String path, Access access, Body body, Dialect dialect, boolean ticket) {

    /** Who may call a route. */
    public enum Access {
        ANYBODY,
        /** Every caller with a good credential; the route itself checks each device or fleet. */
        CALLER,
        /** Callers that may write the device's lines. */
        WRITER,
        /** Callers that may read the device's entries. */
        READER,
        /** Callers that may clear the device's ring. */
        CLEARER,
        /** Callers that may administer the device. */
        DEVICE_ADMIN,
        /** Callers that may administer everything. */
        ADMIN
    }

    /** Kinds of request bodies. */
    public enum Body {
        NONE,
        /** It must arrive completely within {@code --body-timeout}. */
        DOCUMENT,
        /** Its lines are stored as they arrive, so it may be endless. */
        STREAM
    }

    /** Whose conventions a route follows. */
    public enum Dialect {
        /** A credential is in a header, a cookie or a ticket, and callers are refused with problems (RFC 9457); Loki's and OTLP's too. */
        TAILRACE,
        /** balena's device API and SDK: a credential may be in the query, and refusals have its form. */
        BALENA
    }

    /** The table. */
    public static final List<Route> ALL = List.of(
            route(GET, "/", ANYBODY, NONE, TAILRACE),
            route(GET, "/web/:file", ANYBODY, NONE, TAILRACE),
            route(GET, "/api/v1/openapi.yaml", ANYBODY, NONE, TAILRACE),
            route(GET, "/doctor", ANYBODY, NONE, TAILRACE),
            route(GET, "/web/doctor.js", ANYBODY, NONE, TAILRACE),
            route(GET, "/web/doctor.css", ANYBODY, NONE, TAILRACE),
            route(GET, "/web/doctor.json", ANYBODY, NONE, TAILRACE),
            route(GET, "/api/v1/doctor", ANYBODY, NONE, TAILRACE),
            route(GET, "/api/v1/doctor/stream", ANYBODY, NONE, TAILRACE),
            route(GET, "/api/v1/doctor/websocket", ANYBODY, NONE, TAILRACE),
            route(GET, "/api/v1/devices/:device/ingest", WRITER, NONE, TAILRACE).withTicket(),
            route(POST, "/api/v1/devices/:device/logs", WRITER, STREAM, TAILRACE),
            route(PUT, "/api/v1/devices/:device/logs", WRITER, STREAM, TAILRACE),
            route(POST, "/api/v1/devices/:device/upload", WRITER, STREAM, TAILRACE),
            route(GET, "/api/v1/devices/:device/logs", READER, NONE, TAILRACE).withTicket(),
            route(GET, "/api/v1/devices/:device/logs/stream", READER, NONE, TAILRACE)
                    .withTicket(),
            route(DELETE, "/api/v1/devices/:device/logs", CLEARER, NONE, TAILRACE),
            route(GET, "/api/v1/devices/:device", READER, NONE, TAILRACE),
            route(GET, "/api/v1/devices/:device/keys", DEVICE_ADMIN, NONE, TAILRACE),
            route(POST, "/api/v1/devices/:device/keys", DEVICE_ADMIN, DOCUMENT, TAILRACE),
            route(POST, "/api/v1/devices/:device/keys/:key/rotate", DEVICE_ADMIN, DOCUMENT, TAILRACE),
            route(DELETE, "/api/v1/devices/:device/keys/:key", DEVICE_ADMIN, NONE, TAILRACE),
            route(GET, "/api/v1/keys", ADMIN, NONE, TAILRACE),
            route(POST, "/api/v1/keys", ADMIN, DOCUMENT, TAILRACE),
            route(POST, "/api/v1/keys/:key/rotate", ADMIN, DOCUMENT, TAILRACE),
            route(DELETE, "/api/v1/keys/:key", ADMIN, NONE, TAILRACE),
            route(GET, "/api/v1/revocations", ADMIN, NONE, TAILRACE),
            route(POST, "/api/v1/revocations", ADMIN, DOCUMENT, TAILRACE),
            route(PUT, "/api/v1/devices/:device/fleet", ADMIN, DOCUMENT, TAILRACE),
            route(DELETE, "/api/v1/devices/:device/fleet", ADMIN, NONE, TAILRACE),
            route(GET, "/api/v1/fleets", CALLER, NONE, TAILRACE),
            route(POST, "/api/v1/tickets", CALLER, DOCUMENT, TAILRACE),
            route(POST, "/api/v1/session", ANYBODY, DOCUMENT, TAILRACE), // it authenticates its caller itself
            route(GET, "/api/v1/session", CALLER, NONE, TAILRACE),
            route(DELETE, "/api/v1/session", ANYBODY, NONE, TAILRACE),
            route(GET, "/api/v1/limits", CALLER, NONE, TAILRACE),
            route(GET, "/api/v1/devices", CALLER, NONE, TAILRACE),
            route(GET, "/api/v1/logs/stream", CALLER, NONE, TAILRACE).withTicket(),
            route(POST, "/v1/logs", CALLER, DOCUMENT, TAILRACE),
            route(POST, "/api/v1/devices/:device/v1/logs", WRITER, DOCUMENT, TAILRACE),
            route(POST, "/gelf", CALLER, DOCUMENT, TAILRACE),
            route(POST, "/loki/api/v1/push", CALLER, DOCUMENT, TAILRACE),
            route(POST, "/api/v1/devices/:device/loki/api/v1/push", WRITER, DOCUMENT, TAILRACE),
            route(GET, "/loki/api/v1/tail", CALLER, NONE, TAILRACE).withTicket(),
            route(GET, "/loki/api/v1/query_range", CALLER, NONE, TAILRACE),
            route(GET, "/loki/api/v1/query", CALLER, NONE, TAILRACE),
            route(GET, "/loki/api/v1/labels", CALLER, NONE, TAILRACE),
            route(GET, "/loki/api/v1/label/:name/values", CALLER, NONE, TAILRACE),
            route(POST, "/device/v2/:device/log-stream", WRITER, STREAM, BALENA),
            route(POST, "/device/v2/:device/logs", WRITER, DOCUMENT, BALENA),
            route(GET, "/device/v2/:device/logs", READER, NONE, BALENA).withTicket(),
            route(HEAD, "/device/v2/:device/logs", READER, NONE, BALENA),
            route(GET, "/actor/v1/whoami", CALLER, NONE, BALENA),
            route(GET, "/v7/device(uuid=':device')", READER, NONE, BALENA),
            route(GET, "/v7/service(:service)", CALLER, NONE, BALENA));

    private static Route route(HttpMethod method, String path, Access access, Body body, Dialect dialect) {
        return new Route(method, path, access, body, dialect, false);
    }

    private Route withTicket() {
        return new Route(method, path, access, body, dialect, true);
    }

    /** Whether a ticket opens the route at this path of a request. */
    public static boolean takesTicket(String requested) {
        return ALL.stream()
                .anyMatch(route -> route.ticket && Pattern.matches(route.path.replace(":device", "[^/]+"), requested));
    }
}
