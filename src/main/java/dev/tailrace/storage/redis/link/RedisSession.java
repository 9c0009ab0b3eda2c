package dev.tailrace.storage.redis.link;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import org.jspecify.annotations.Nullable;

/** One open connection to one server. When it breaks, its owner is called once. Used on one event loop. */
final class RedisSession {

    // A client of its own, because closing a connection of the client only hands it back to the client's pool.
    private final Redis client;
    private final RedisConnection connection;
    private final Server server;

    private @Nullable Handler<String> brokenHandler;
    private @Nullable String broken;

    RedisSession(Redis client, RedisConnection connection, Server server) {
        this.client = client;
        this.connection = connection;
        this.server = server;
        // A reset calls the exception handler only, and an orderly end calls the end handler only.
        connection.exceptionHandler(cause -> breaks(String.valueOf(cause.getMessage())));
        connection.endHandler(end -> breaks("the connection was closed"));
    }

    RedisConnection connection() {
        return connection;
    }

    Server server() {
        return server;
    }

    /** Reads what the server reports about itself now. */
    Future<Server> askAgain() {
        return connection.send(Request.cmd(Command.INFO)).map(info -> Server.of(server.address(), info));
    }

    /** Called once, at once when the connection is broken already. */
    void onBroken(Handler<String> handler) {
        brokenHandler = handler;
        if (broken != null) {
            handler.handle(broken);
        }
    }

    private void breaks(String reason) {
        if (broken == null) {
            broken = reason;
            if (brokenHandler != null) {
                brokenHandler.handle(reason);
            }
        }
    }

    /** Closes the connection; what is in flight never completes. */
    void close() {
        // An end on purpose is not reported.
        brokenHandler = null;
        broken = "closed";
        RedisConnector.closeQuietly(client);
    }
}
