package dev.tailrace.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** When requests begin, with a clock that advances while they are handled, and a loop whose ticks the test controls. */
@Tag("unit")
final class RequestTurnsTest {

    private static final long COST = RequestTurns.NANOS / 2; // nanoseconds of each request

    private final List<String> begun = new ArrayList<>();
    private final Set<String> paused = new HashSet<>();
    private final Set<String> closed = new HashSet<>();
    private final Queue<Runnable> afterReading = new ArrayDeque<>();
    private long clock;
    private boolean fails;
    private final RequestTurns turns = new RequestTurns(this::work, () -> clock, afterReading::add);

    private void work(HttpServerRequest request) {
        assertThat(paused).doesNotContain(request.toString());
        begun.add(request.toString());
        clock += COST;
        if (fails) {
            throw new IllegalStateException("of the work");
        }
    }

    private static <T> T fake(Class<T> type, InvocationHandler calls) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, calls));
    }

    private static HttpConnection connection() {
        return fake(HttpConnection.class, (self, method, arguments) -> switch (method.getName()) {
            case "hashCode" -> System.identityHashCode(self);
            case "equals" -> self == arguments[0];
            default -> throw new UnsupportedOperationException(method.getName());
        });
    }

    private HttpServerRequest request(HttpConnection connection, String name) {
        HttpServerResponse response =
                fake(HttpServerResponse.class, (self, method, arguments) -> closed.contains(name));
        return fake(HttpServerRequest.class, (self, method, arguments) -> switch (method.getName()) {
            case "connection" -> connection;
            case "response" -> response;
            case "toString" -> name;
            case "pause" -> {
                paused.add(name);
                yield self;
            }
            case "resume" -> {
                paused.remove(name);
                yield self;
            }
            default -> throw new UnsupportedOperationException(method.getName());
        });
    }

    private void send(HttpConnection connection, String... names) {
        for (String name : names) {
            turns.handle(request(connection, name));
        }
    }

    private void turn() {
        assertThat(afterReading).hasSize(1);
        afterReading.remove().run();
    }

    @Test
    void requestsBeyondTheTime_waitForTheNextRead_andAlternateWithOtherConnections() {
        HttpConnection many = connection();
        send(many, "a1", "a2", "a3", "a4", "a5", "a6");
        assertThat(begun).containsExactly("a1", "a2");
        assertThat(paused).containsExactlyInAnyOrder("a3", "a4", "a5", "a6");
        send(connection(), "b1");
        send(connection(), "c1");
        turn();
        turn();
        turn();
        assertThat(begun).containsExactly("a1", "a2", "a3", "b1", "c1", "a4", "a5", "a6");
        assertThat(paused).isEmpty();
        assertThat(afterReading).isEmpty();
        clock += RequestTurns.NANOS;
        send(many, "a7");
        assertThat(begun).endsWith("a7");
    }

    @Test
    void loopWithOtherWorkBetweenRequests_delaysNone() {
        HttpConnection busy = connection();
        for (int i = 0; i < 20; i++) {
            send(busy, "r" + i);
            clock += COST;
        }
        assertThat(begun).hasSize(20);
        assertThat(afterReading).isEmpty();
    }

    @Test
    void requestThatWasResetMeanwhile_isSkipped() {
        send(connection(), "a1", "a2", "a3", "a4");
        closed.add("a3");
        turn();
        assertThat(begun).containsExactly("a1", "a2", "a4");
    }

    @Test
    void requestThatFails_delaysNoOther() {
        send(connection(), "a1", "a2", "a3", "a4");
        fails = true;
        assertThatThrownBy(this::turn).hasMessage("of the work");
        fails = false;
        turn();
        assertThat(begun).containsExactly("a1", "a2", "a3", "a4");
    }
}
