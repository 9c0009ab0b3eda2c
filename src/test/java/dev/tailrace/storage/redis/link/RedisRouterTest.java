package dev.tailrace.storage.redis.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tailrace.storage.redis.RedisTestStores;
import dev.tailrace.testing.TestRedis;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Exceptions thrown by what a router calls. */
class RedisRouterTest {

    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final RedisTestStores.Events events = new RedisTestStores.Events();
    private RedisRouter link;

    @BeforeEach
    void start() throws Exception {
        on(() -> {
            RedisUri uri = RedisUri.parse(TestRedis.url());
            RedisConnector connector = new RedisConnector(vertx, uri, RedisLimits.DEFAULT);
            Discovery discovery = new Discovery(vertx, connector, uri);
            var health = new RedisHealth(events);
            link = new RedisClient(vertx, connector, discovery, RedisLimits.DEFAULT, health, List.of()).router();
            return link.start();
        });
        await().atMost(10, TimeUnit.SECONDS).until(() -> on(() -> Future.succeededFuture(link.isConnected(0))));
    }

    @AfterEach
    void close() throws Exception {
        on(() -> {
            link.close();
            return Future.succeededFuture();
        });
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    private <T> T on(Supplier<Future<T>> call) throws TimeoutException {
        Promise<T> promise = Promise.promise();
        context.runOnContext(there -> call.get().onComplete(promise));
        return promise.future().await(10, TimeUnit.SECONDS);
    }

    private Future<Response> echo(String text) {
        return link.call(new Call("echo", 0, 0, server -> Request.cmd(Command.ECHO, text)));
    }

    @Test
    void call_whoseMakerThrows_fails() throws Exception {
        assertThatThrownBy(() -> on(() -> link.call(new Call("fail", 0, 0, server -> {
                    throw new IllegalStateException("thrown on purpose");
                }))))
                .hasMessage("thrown on purpose");
        assertThat(on(() -> echo("a"))).hasToString("a");
    }

    @Test
    void call_whoseAnswerCannotBeFollowed_fails() throws Exception {
        String script = "return redis.error_reply('MOVED nowhere')";
        assertThatThrownBy(() ->
                        on(() -> link.call(new Call("move", 0, 0, server -> Request.cmd(Command.EVAL, script, 0)))))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(on(() -> echo("a"))).hasToString("a");
    }
}
