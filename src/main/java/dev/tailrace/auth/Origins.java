package dev.tailrace.auth;

import dev.tailrace.http.Problem;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.CorsHandler;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Refuses cross-origin requests of browsers, except from the origins in the settings. Comes before the {@link Gate}, because it matters
 * without credentials as well: a web page must not write to a broker on its visitor's own machine.
 */
public final class Origins {

    /** Methods that change nothing, and whose responses browsers hide from foreign pages. */
    private static final Set<HttpMethod> SAFE = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

    private static final int SECONDS_OF_PREFLIGHT = 600;

    /** Of senders and readers; libraries in place of EventSource set more of them than a browser's own. */
    private static final Set<String> ALLOWED_HEADERS = Set.of(
            "Accept",
            "Authorization",
            "Cache-Control",
            "Content-Encoding",
            "Content-Type",
            "Last-Event-ID",
            "Pragma",
            "X-Requested-With");

    private final Set<String> allowed;
    private final @Nullable HostNames names;
    private final CorsHandler cors;

    /**
     * @param allowed origins of other web pages that may read and write
     * @param names host names that requests may have, besides those of these pages; null for any name
     */
    public Origins(List<String> allowed, @Nullable HostNames names) {
        this.allowed = Set.copyOf(allowed);
        this.names = names == null
                ? null
                : names.and(allowed.stream()
                        .map(origin -> URI.create(origin).getHost())
                        .toList());
        this.cors = CorsHandler.create()
                .addOrigins(allowed)
                .allowCredentials(true)
                .allowedMethods(Set.of(HttpMethod.GET, HttpMethod.POST, HttpMethod.PUT, HttpMethod.DELETE))
                .allowedHeaders(ALLOWED_HEADERS)
                .exposedHeaders(Set.of(
                        "Tailrace-Position",
                        "Tailrace-Gap",
                        "Retry-After",
                        "WWW-Authenticate",
                        "Content-Disposition",
                        "Accept-Encoding"))
                .maxAgeSeconds(SECONDS_OF_PREFLIGHT);
    }

    /** Call before everything else is mounted. */
    public void mount(Router router) {
        router.route().handler(this::admit);
    }

    private void admit(RoutingContext call) {
        HttpServerRequest request = call.request();
        if (names != null && !names.include(request)) {
            call.fail(new Problem(
                    403,
                    "foreign-host",
                    "Unknown host",
                    "without authentication the broker accepts requests for localhost only; set --auth-admin-token"
                            + " (TAILRACE_AUTH_ADMIN_TOKEN), add the name to --hosts (TAILRACE_HOSTS), or add the origin to"
                            + " --allowed-origins (TAILRACE_ALLOWED_ORIGINS)"));
            return;
        }
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        if (origin == null) {
            call.next();
        } else if (allowed.contains(origin.toLowerCase(Locale.ROOT))) {
            cors.handle(call);
        } else if (isHarmless(request) || isOwn(request, origin)) {
            call.next();
        } else {
            call.fail(new Problem(
                    403,
                    "foreign-origin",
                    "Cross-origin request refused",
                    "add the origin to --allowed-origins (TAILRACE_ALLOWED_ORIGINS), or let the proxy in between forward"
                            + " the Host header unchanged"));
        }
    }

    private static boolean isHarmless(HttpServerRequest request) {
        return SAFE.contains(request.method()) && !request.headers().contains(HttpHeaders.UPGRADE);
    }

    /** Whether the page is from the same origin. A page that was loaded without TLS could be forged, so it is foreign to a port with TLS. */
    private static boolean isOwn(HttpServerRequest request, String origin) {
        HostAndPort authority = request.authority();
        try {
            URI page = URI.create(origin.toLowerCase(Locale.ROOT));
            if (authority == null || page.getHost() == null) {
                return false;
            }
            int usual = "https".equals(page.getScheme()) ? 443 : 80;
            return (!isOverTls(request) || "https".equals(page.getScheme()))
                    && HostNames.withoutBrackets(page.getHost())
                            .equals(HostNames.withoutBrackets(authority.host().toLowerCase(Locale.ROOT)))
                    && orUsual(page.getPort(), usual) == orUsual(authority.port(), usual);
        } catch (IllegalArgumentException unreadable) {
            return false;
        }
    }

    /** Whether the client used TLS, to this port or to the proxy in between. */
    public static boolean isOverTls(HttpServerRequest request) {
        return request.isSSL() || "https".equalsIgnoreCase(request.getHeader("X-Forwarded-Proto"));
    }

    private static int orUsual(int port, int usual) {
        return port > 0 ? port : usual;
    }
}
