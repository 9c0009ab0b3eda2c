package dev.tailrace.server;

import dev.tailrace.config.Setting;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServer;

/** Lets a server listen, with an error message that names the address and the setting to change. */
final class BindErrors {

    private BindErrors() {}

    static Future<HttpServer> on(HttpServer server, int port, String host, Setting setting) {
        return withBindError(server.listen(port, host), port, host, setting);
    }

    /** The same for a server of another kind, which has begun to listen. */
    static <T> Future<T> withBindError(Future<T> listening, int port, String host, Setting setting) {
        return listening.recover(cause -> Future.failedFuture(new IllegalStateException(
                "cannot listen on " + host + ":" + Math.max(0, port) + " (" + cause.getMessage()
                        + "); choose another port with --" + setting.option(),
                cause)));
    }
}
