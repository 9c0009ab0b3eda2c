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
 * Refuses what a foreign web page makes somebody's browser send, and answers the pages that the settings name. Stands before
 * the {@link Gate}, for it matters without credentials too: a page must not write to a broker on its visitor's own machine.
 */
public final class Origins {

    /** What changes nothing, and whose answer a browser keeps from a foreign page. */
    private static final Set<HttpMethod> SAFE = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

    private static final int SECONDS_OF_PREFLIGHT = 600;

    private final Set<String> allowed;
    private final @Nullable HostNames names;
    private final CorsHandler cors;

    /**
     * @param allowed origins of other pages that may read and write here
     * @param names the only ones that will do, besides those of the other pages; null when any name will
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
                .allowedHeaders(Set.of("Authorization", "Content-Type", "Content-Encoding", "Last-Event-ID"))
                .exposedHeaders(Set.of("Tailrace-Position", "Tailrace-Gap", "Retry-After"))
                .maxAgeSeconds(SECONDS_OF_PREFLIGHT);
    }

    /** Before all else. */
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

    /** Whether the page came from where it sends to. A page got without TLS could be anybody's, so it is foreign to one with. */
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

    /** Here, or as far as the proxy in between. */
    public static boolean isOverTls(HttpServerRequest request) {
        return request.isSSL() || "https".equalsIgnoreCase(request.getHeader("X-Forwarded-Proto"));
    }

    private static int orUsual(int port, int usual) {
        return port > 0 ? port : usual;
    }
}
