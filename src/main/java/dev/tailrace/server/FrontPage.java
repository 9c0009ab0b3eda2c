package dev.tailrace.server;

import io.vertx.ext.web.Router;

/** {@code /}: a page that lists the devices and follows one, with nothing but the public API. */
final class FrontPage {

    private FrontPage() {}

    static void mount(Router router) {
        router.get("/")
                .handler(call -> call.response()
                        .putHeader("Content-Type", "text/html; charset=utf-8")
                        .putHeader(
                                "Content-Security-Policy",
                                "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self';"
                                        + " connect-src 'self'; base-uri 'none'; frame-ancestors 'none'")
                        .sendFile("web/index.html")
                        .onFailure(call::fail));
        router.get("/live.js")
                .handler(call -> call.response()
                        .putHeader("Content-Type", "text/javascript; charset=utf-8")
                        .sendFile("web/live.js")
                        .onFailure(call::fail));
    }
}
