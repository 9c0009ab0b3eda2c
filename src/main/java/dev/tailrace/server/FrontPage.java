package dev.tailrace.server;

import io.vertx.ext.web.Router;

/** {@code /}: a page that lists the devices and follows one, with nothing but the public API. */
final class FrontPage {

    private FrontPage() {}

    static void mount(Router router) {
        router.get("/")
                .handler(call -> SafeHeaders.ofPage(call.request())
                        .putHeader("Content-Type", "text/html; charset=utf-8")
                        .sendFile("web/index.html")
                        .onFailure(call::fail));
        router.get("/live.js")
                .handler(call -> SafeHeaders.ofPage(call.request())
                        .putHeader("Content-Type", "text/javascript; charset=utf-8")
                        .sendFile("web/live.js")
                        .onFailure(call::fail));
    }
}
