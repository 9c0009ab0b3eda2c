package dev.tailrace.server;

import dev.tailrace.http.SafeHeaders;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;

/** {@code /doctor}: a page that diagnoses, from a browser, the proxies between it and the broker. */
final class DoctorPage {

    private DoctorPage() {}

    static void mount(Router router) {
        file(router, "/doctor", "doctor.html", "text/html");
        file(router, "/web/doctor.js", "doctor.js", "text/javascript");
        file(router, "/web/doctor.css", "doctor.css", "text/css");
        file(router, "/web/doctor.json", "doctor.json", "application/json");
    }

    private static void file(Router router, String path, String name, String type) {
        router.get(path)
                .handler(call -> SafeHeaders.ofPage(call.request())
                        .putHeader(HttpHeaders.CONTENT_TYPE, type + "; charset=utf-8")
                        .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
                        .sendFile("web/" + name)
                        .onFailure(call::fail));
    }
}
