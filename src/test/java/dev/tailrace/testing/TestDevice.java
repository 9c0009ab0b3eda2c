package dev.tailrace.testing;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A device that writes the lines {@code <device> 1}, {@code <device> 2} … as a producer, keeps what is not acknowledged, and
 * sends it all again after each cut. Its state belongs to one event loop; the fields that a test reads are volatile.
 */
public final class TestDevice implements AutoCloseable {

    private static final int WINDOW = 5_000;

    private final Vertx vertx;
    private final WebSocketClient client;
    private final IntSupplier port;
    private final String name;
    private final int linesPerFrame;
    private final String padding;
    private final AtomicLong wanted = new AtomicLong();
    private final Context context;
    private volatile long pace = -1;
    private long sent;
    private volatile long acknowledged;
    private volatile int connects;
    private volatile boolean closed;
    private @Nullable WebSocket socket;

    public TestDevice(Vertx vertx, WebSocketClient client, IntSupplier port, String name, int linesPerFrame) {
        this.vertx = vertx;
        this.client = client;
        this.port = port;
        this.name = name;
        this.linesPerFrame = linesPerFrame;
        this.padding = "x".repeat(60);
        this.context = vertx.getOrCreateContext();
        context.runOnContext(nothing -> connect());
    }

    /** Lets the device write up to this line. */
    public void writeUpTo(long line) {
        wanted.set(line);
        context.runOnContext(nothing -> write());
    }

    /** Writes on and on, some lines every 10 ms, until {@link #rest}. */
    public void writeSteadily(int linesPerTick) {
        pace = vertx.setPeriodic(10, id -> writeUpTo(wanted.get() + linesPerTick));
    }

    /** Ends what {@link #writeSteadily} began. */
    public void rest() {
        vertx.cancelTimer(pace);
    }

    public long acknowledged() {
        return acknowledged;
    }

    public boolean isDone() {
        return acknowledged == wanted.get();
    }

    public int connects() {
        return connects;
    }

    /** Closes the connection, as an impatient device does. */
    public void cut() {
        context.runOnContext(nothing -> {
            if (socket != null) {
                socket.close((short) 1000, "cut");
            }
        });
    }

    @Override
    public void close() {
        closed = true;
        cut();
    }

    private void connect() {
        if (closed) {
            return;
        }
        var where = new WebSocketConnectOptions()
                .setHost("127.0.0.1")
                .setPort(port.getAsInt())
                .setTimeout(5000)
                .setURI("/api/v1/devices/" + name + "/ingest?producer=life-of-" + name);
        client.connect(where)
                .onComplete(answer -> context.runOnContext(nothing -> {
                    if (answer.succeeded()) {
                        connected(answer.result());
                    } else {
                        vertx.setTimer(100, id -> connect());
                    }
                }));
    }

    private void connected(WebSocket connected) {
        connects++;
        socket = connected;
        sent = acknowledged;
        connected.textMessageHandler(this::onMessage);
        connected.drainHandler(nothing -> write());
        connected.exceptionHandler(cause -> {});
        connected.closeHandler(nothing -> {
            if (socket == connected) {
                socket = null;
                vertx.setTimer(50, id -> connect());
            }
        });
        write();
    }

    private void onMessage(String text) {
        Long ack = new JsonObject(text).getLong("ack");
        if (ack != null) {
            acknowledged = Math.max(acknowledged, ack);
            write();
        }
    }

    private void write() {
        WebSocket to = socket;
        while (to != null && !to.writeQueueFull() && sent < wanted.get() && sent - acknowledged < WINDOW) {
            var frame = new StringBuilder();
            for (int i = 0; i < linesPerFrame && sent < wanted.get(); i++) {
                sent++;
                frame.append("{\"message\":\"")
                        .append(name)
                        .append(' ')
                        .append(sent)
                        .append(' ')
                        .append(padding);
                frame.append("\",\"seq\":").append(sent).append("}\n");
            }
            to.writeTextMessage(frame.toString());
        }
    }
}
