package dev.tailrace.server;

import dev.tailrace.http.Gzip;
import dev.tailrace.http.SafeHeaders;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The dashboard at {@code /}: pages that use only the public API. Only the files that are listed here are served. */
final class DashboardRoutes {

    /** Pages by their paths. */
    private static final Map<String, String> PAGES = Map.of("/", "index.html");

    /** Files that pages load, each at {@code /web/NAME}. */
    private static final List<String> FILES = List.of(
            "address.js",
            "ansi.js",
            "api.js",
            "clear.js",
            "delay.js",
            "device-list.js",
            "dialogs.js",
            "dom.js",
            "download.js",
            "entry-text.js",
            "filters.js",
            "find.js",
            "frames.js",
            "icon.svg",
            "known-devices.js",
            "last-lines.js",
            "levels.js",
            "linked-line.js",
            "live.js",
            "log-row.js",
            "log-view.js",
            "login.js",
            "main.js",
            "notice.js",
            "order.js",
            "pause.js",
            "preferences.js",
            "search-field.js",
            "selection.js",
            "settings.js",
            "shortcuts.js",
            "spark.js",
            "state.js",
            "storage-status.js",
            "store.js",
            "style.css",
            "times.js",
            "traces.js",
            "view-status.js",
            "virtual-list.js");

    private static final Map<String, WebFile> LOADED = read(FILES.stream());
    private static final Map<String, WebFile> PAGE_FILES = read(PAGES.values().stream());

    private DashboardRoutes() {}

    private static Map<String, WebFile> read(Stream<String> names) {
        return names.collect(Collectors.toUnmodifiableMap(Function.identity(), WebFile::read));
    }

    static void mount(Router router) {
        PAGES.forEach((address, name) -> router.get(address).handler(call -> send(call, PAGE_FILES.get(name))));
        router.get("/web/:file").handler(call -> send(call, LOADED.get(call.pathParam("file"))));
    }

    private static void send(RoutingContext call, @Nullable WebFile file) {
        if (file == null) {
            call.next(); // to the answer 404
            return;
        }
        HttpServerRequest request = call.request();
        HttpServerResponse response = SafeHeaders.ofPage(request)
                .putHeader(HttpHeaders.CONTENT_TYPE, file.contentType())
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache") // cached, and revalidated each time
                .putHeader(HttpHeaders.ETAG, file.tag())
                .putHeader(HttpHeaders.VARY, HttpHeaders.ACCEPT_ENCODING);
        String known = request.getHeader(HttpHeaders.IF_NONE_MATCH);
        if (known != null && known.contains(file.tag())) {
            response.setStatusCode(304).end();
        } else if (Gzip.isAcceptedBy(request)) {
            response.putHeader(HttpHeaders.CONTENT_ENCODING, "gzip").end(file.gzipped());
        } else {
            response.end(file.bytes());
        }
    }
}
