package dev.tailrace.auth;

import dev.tailrace.model.Problem;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.CorsHandler;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Refuses what a foreign web page makes somebody's browser send, and answers the pages that the settings name. Stands before
 * the {@link Gate}, for it matters without credentials too: a page must not write to a broker on its visitor's own machine.
 */
public final class Origins {

    /** What changes nothing, and whose answer a browser keeps from a foreign page. */
    private static final Set<HttpMethod> SAFE = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

    /** A name without a dot is nobody's in the internet, so no page comes from there. */
    private static final Pattern OWN_MACHINE =
            Pattern.compile("[^.:]*|localhost\\.|.*\\.localhost\\.?|127(\\.\\d{1,3}){3}|::1|0:0:0:0:0:0:0:1");

    private static final int SECONDS_OF_PREFLIGHT = 600;

    private final Set<String> allowed;
    private final @Nullable Set<String> names;
    private final CorsHandler cors;

    /**
     * @param allowed origins of other pages that may read and write here
     * @param host where the broker listens, when only those on its own machine are to reach it: then no name but its own will
     *     do, or a page could point a name of its own there (DNS rebinding). Null when any name will
     */
    public Origins(List<String> allowed, @Nullable String host) {
        this.allowed = Set.copyOf(allowed);
        this.names = host == null ? null : names(allowed, host);
        this.cors = CorsHandler.create()
                .addOrigins(allowed)
                .allowCredentials(true)
                .allowedMethods(Set.of(HttpMethod.GET, HttpMethod.POST, HttpMethod.PUT, HttpMethod.DELETE))
                .allowedHeaders(Set.of("Authorization", "Content-Type", "Content-Encoding", "Last-Event-ID"))
                .exposedHeaders(Set.of("Tailrace-Position", "Tailrace-Gap", "Retry-After"))
                .maxAgeSeconds(SECONDS_OF_PREFLIGHT);
    }

    private static Set<String> names(List<String> allowed, String host) {
        Set<String> names = new HashSet<>();
        names.add(host.toLowerCase(Locale.ROOT));
        allowed.forEach(origin -> names.add(URI.create(origin).getHost()));
        return names;
    }

    /** Before all else. */
    public void mount(Router router) {
        router.route().handler(this::admit);
    }

    private void admit(RoutingContext call) {
        HttpServerRequest request = call.request();
        if (names != null && !isNamed(request, names)) {
            call.fail(new Problem(
                    403,
                    "foreign-host",
                    "The broker is not known by this name",
                    "it asks for no credentials, so it answers to localhost only; set --auth-admin-token"
                            + " (TAILRACE_AUTH_ADMIN_TOKEN), or name the page in --allowed-origins"
                            + " (TAILRACE_ALLOWED_ORIGINS)"));
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
                    "A page from elsewhere may not do this",
                    "name its origin in --allowed-origins (TAILRACE_ALLOWED_ORIGINS), or keep the Host header if a proxy"
                            + " stands in between"));
        }
    }

    private static boolean isHarmless(HttpServerRequest request) {
        return SAFE.contains(request.method()) && !request.headers().contains(HttpHeaders.UPGRADE);
    }

    private static boolean isNamed(HttpServerRequest request, Set<String> names) {
        HostAndPort authority = request.authority();
        if (authority == null) {
            return !request.headers().contains(HttpHeaders.HOST); // a program, for every browser sends it
        }
        String name = withoutBrackets(authority.host().toLowerCase(Locale.ROOT));
        return OWN_MACHINE.matcher(name).matches() || names.contains(name);
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
                    && withoutBrackets(page.getHost())
                            .equals(withoutBrackets(authority.host().toLowerCase(Locale.ROOT)))
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

    private static String withoutBrackets(String host) {
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }
}
