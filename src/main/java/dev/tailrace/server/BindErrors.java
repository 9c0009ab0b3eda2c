package dev.tailrace.server;

import dev.tailrace.config.Setting;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServer;

/** Makes a server listen, and a failure to do so tell the operator where and what to change. */
final class BindErrors {

    private BindErrors() {}

    static Future<HttpServer> on(HttpServer server, int port, String host, Setting setting) {
        return withBindError(server.listen(port, host), port, host, setting);
    }

    /** The same of a server of another kind that has begun to listen. */
    static <T> Future<T> withBindError(Future<T> listening, int port, String host, Setting setting) {
        return listening.recover(cause -> Future.failedFuture(new IllegalStateException(
                "cannot listen on " + host + ":" + Math.max(0, port) + " (" + cause.getMessage()
                        + "); choose another port with --" + setting.option(),
                cause)));
    }
}
