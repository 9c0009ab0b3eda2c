package dev.tailrace.api;

import dev.tailrace.auth.Origins;
import dev.tailrace.http.Problem;
import dev.tailrace.http.RequestHead;
import dev.tailrace.http.RetryAfter;
import dev.tailrace.http.WebSocketUpgrade;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.CookieSameSite;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.UUID;

/**
 * {@code /api/v1/doctor}: shows callers what a proxy in between changes. Open to everybody, because it knows nothing of devices, reveals
 * of secrets only that the request had one, and its responses are small and short.
 */
public final class DoctorRoutes {

    static final int STREAMS_AT_A_TIME = 32; // on one event loop

    private static final String COOKIE = "tailrace-probe";
    private static final int COOKIE_SECONDS = 60;
    private static final int EVENTS = 8;
    private static final int RETRY_SECONDS = 5;
    private static final Duration DISTANCE = Duration.ofMillis(250);
    private static final Duration LONGEST_SILENCE = Duration.ofMinutes(1);

    private final Duration heartbeat;
    private int streams; // touched on this event loop only

    /** @param heartbeat how long a stream of entries may be silent */
    public DoctorRoutes(Duration heartbeat) {
        this.heartbeat = heartbeat;
    }

    public void mount(Router router) {
        router.get("/api/v1/doctor").handler(this::look);
        router.get("/api/v1/doctor/stream").handler(this::stream);
        router.get("/api/v1/doctor/websocket").handler(this::webSocket);
    }

    private void look(RoutingContext call) {
        HttpServerRequest request = call.request();
        boolean overTls = Origins.isOverTls(request);
        call.response()
                .addCookie(Cookie.cookie(COOKIE, "1")
                        .setPath("/")
                        .setHttpOnly(true)
                        .setSameSite(CookieSameSite.STRICT)
                        .setSecure(overTls)
                        .setMaxAge(COOKIE_SECONDS));
        JsonObject seen = new JsonObject()
                .put("now", System.currentTimeMillis())
                .put("answer", UUID.randomUUID().toString())
                .put("version", RequestHead.isHttp2(request) ? "HTTP/2" : "HTTP/1.1")
                .put("overTls", overTls)
                .put(
                        "host",
                        request.authority() == null ? null : request.authority().toString())
                .put("address", request.remoteAddress().hostAddress())
                .put("authorization", request.headers().contains(HttpHeaders.AUTHORIZATION))
                .put("lastEventId", request.headers().contains("Last-Event-ID"))
                .put("cookie", request.headers().contains(HttpHeaders.COOKIE) && request.getCookie(COOKIE) != null)
                .put("silence", silence().toMillis());
        DeviceRoutes.json(call, seen);
    }

    private Duration silence() {
        return heartbeat.compareTo(LONGEST_SILENCE) < 0 ? heartbeat : LONGEST_SILENCE;
    }

    private void stream(RoutingContext call) {
        boolean silent = "true".equals(call.queryParams().get("silent"));
        if (streams == STREAMS_AT_A_TIME) {
            RetryAfter.apply(call.response(), 429, RETRY_SECONDS);
            throw new Problem(
                    429,
                    "too-many-probes",
                    "Too many concurrent probes",
                    "the broker limits concurrent probes; retry shortly");
        }
        streams++;
        HttpServerResponse response = call.response()
                .setChunked(true)
                .putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream; charset=utf-8")
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache, no-transform")
                .putHeader("X-Accel-Buffering", "no");
        int events = silent ? 2 : EVENTS;
        new NumberedEvents(call.vertx(), response, events, silent ? silence() : DISTANCE).begin(() -> streams--);
    }

    private void webSocket(RoutingContext call) {
        HttpServerRequest request = call.request();
        if (!WebSocketUpgrade.isAsked(request) || !WebSocketUpgrade.isVersionSpoken(request)) {
            throw WebSocketUpgrade.expected(
                    "connect with ws://; a proxy in between must forward Upgrade, Connection and Sec-WebSocket-Version");
        }
        request.toWebSocket()
                .onSuccess(socket -> socket.writeTextMessage("{\"now\":" + System.currentTimeMillis() + "}")
                        .eventually(socket::close))
                .onFailure(call::fail);
    }
}
