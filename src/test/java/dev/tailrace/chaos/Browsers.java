package dev.tailrace.chaos;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Many browsers: each follows a device by the rules of EventSource, and when its stream ends it comes back after the time that the broker
 * asked it to wait.
 */
final class Browsers implements AutoCloseable {

    private static final Pattern RETRY = Pattern.compile("retry: (\\d+)");
    private static final long DEFAULT_RETRY = 3000;

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient client;
    private final List<ChaosBroker> brokers;
    private final AtomicInteger connected = new AtomicInteger();
    private final AtomicInteger turns = new AtomicInteger();
    private final ConcurrentLinkedQueue<Return> returns = new ConcurrentLinkedQueue<>();
    private volatile boolean closed;

    Browsers(List<ChaosBroker> brokers, int size) {
        this.brokers = brokers;
        this.client = vertx.httpClientBuilder()
                .with(new HttpClientOptions().setKeepAlive(false).setConnectTimeout(5000))
                .with(new PoolOptions().setHttp1MaxSize(size + 100))
                .build();
        for (int i = 0; i < size; i++) {
            new Browser().connect();
        }
    }

    /** The number of browsers that have a stream now. */
    int connected() {
        return connected.get();
    }

    /** The browsers that came back since the last call. */
    List<Return> takeReturns() {
        List<Return> taken = new ArrayList<>();
        for (Return one = returns.poll(); one != null; one = returns.poll()) {
            taken.add(one);
        }
        return taken;
    }

    @Override
    public void close() {
        closed = true;
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    /**
     * A browser asked again.
     *
     * @param atNanos when, by this machine's steady clock
     * @param waitMillis how long the last event of its broker asked it to wait; -1 if there was no such event
     */
    record Return(long atNanos, long waitMillis) {}

    /** Touched on the event loop of its connections. */
    private final class Browser {
        private long retry = DEFAULT_RETRY;
        private long askedWait = -1;
        private final StringBuilder unread = new StringBuilder();
        private boolean open;

        void connect() {
            if (closed) {
                return;
            }
            // As by a load balancer that knows which brokers are ready: after a refusal the next one is asked at once.
            ChaosBroker broker = brokers.get(Math.floorMod(turns.getAndIncrement(), brokers.size()));
            client.request(new RequestOptions()
                            .setMethod(HttpMethod.GET)
                            .setHost("127.0.0.1")
                            .setPort(broker.port())
                            .setURI("/api/v1/devices/canary-1/logs/stream?tail=0"))
                    .compose(request -> request.send())
                    .onSuccess(this::read)
                    .onFailure(cause -> vertx.setTimer(50, id -> connect()));
        }

        private void read(HttpClientResponse response) {
            if (response.statusCode() != 200) {
                response.resume();
                vertx.setTimer(50, id -> connect());
                return;
            }
            open = true;
            askedWait = -1;
            unread.setLength(0);
            connected.incrementAndGet();
            response.handler(this::hear);
            response.exceptionHandler(cause -> ended());
            response.endHandler(end -> ended());
        }

        private void hear(Buffer piece) {
            unread.append(piece.toString(StandardCharsets.UTF_8));
            int end = unread.lastIndexOf("\n") + 1; // a line may come in pieces
            String lines = unread.substring(0, end);
            unread.delete(0, end);
            Matcher asked = RETRY.matcher(lines);
            while (asked.find()) {
                retry = Long.parseLong(asked.group(1));
            }
            if (lines.contains("event: bye")) {
                askedWait = retry;
            }
        }

        private void ended() {
            if (!open) {
                return;
            }
            open = false;
            connected.decrementAndGet();
            vertx.setTimer(Math.max(1, retry), id -> {
                returns.add(new Return(System.nanoTime(), askedWait));
                connect();
            });
        }
    }
}
