package dev.tailrace.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** One connection to the broker: sends frames of lines, and passes answers to the window. */
public final class IngestSocket implements WebSocket.Listener {

    /**
     * @param connect for the connection and its handshake
     * @param quiet silence, while an answer is due, after which the Host header is a sign of life
     * @param silent silence after which the connection is considered dead. Long, because a broker whose storage is
     *     unavailable does not read, not even pings, and continues as soon as storage is available again
     * @param close for the closing handshake
     */
    public record Limits(Duration connect, Duration quiet, Duration silent, Duration close) {
        public static final Limits USUAL = new Limits(
                Duration.ofSeconds(15), Duration.ofSeconds(30), Duration.ofSeconds(120), Duration.ofSeconds(2));
    }

    /** An answer is tens of bytes. */
    private static final int MAX_ANSWER_CHARS = 64 * 1024;

    private static final int UNACCEPTABLE_DATA = 1003;
    private static final int NOT_UTF8 = 1007;
    private static final int POLICY_VIOLATION = 1008;
    private static final int TOO_BIG = 1009;

    private final SendWindow window;
    private final long number; // of this connection
    private final Rejections rejections;
    private final Limits limits;
    private final StringBuilder answer =
            new StringBuilder(); // used in the listener's calls, of which one runs at a time
    private @Nullable WebSocket socket;
    private CompletableFuture<?> sending = CompletableFuture.completedFuture(null);
    private long pingedAt;
    private long idleAt; // the last time at which no answer was due
    private volatile long heardAt = System.nanoTime();
    private volatile @Nullable IOException end;

    private IngestSocket(SendWindow window, long number, Rejections rejections, Limits limits) {
        this.window = window;
        this.number = number;
        this.rejections = rejections;
        this.limits = limits;
    }

    /**
     * Opens the connection to which the window assigned a number.
     *
     * @throws RefusedException when the broker answers the handshake with an HTTP error
     * @throws IOException when nobody answers
     */
    public static IngestSocket connect(
            Http http, URI uri, SendWindow window, long number, Rejections rejections, Limits limits)
            throws IOException, InterruptedException {
        var connection = new IngestSocket(window, number, rejections, limits);
        connection.idleAt = System.nanoTime();
        connection.pingedAt = connection.idleAt;
        try {
            connection.socket = http.webSocket()
                    .connectTimeout(limits.connect()) // of the whole handshake
                    .buildAsync(uri, connection)
                    .get();
        } catch (ExecutionException failed) {
            throw explain(failed);
        }
        return connection;
    }

    private static IOException explain(ExecutionException failed) {
        if (failed.getCause() instanceof WebSocketHandshakeException refused) {
            HttpResponse<?> response = refused.getResponse();
            String body = response.body() instanceof String text ? text : "";
            return RefusedException.ofStatus(response.statusCode(), response.headers(), body);
        }
        return new IOException(ErrorText.of(failed), failed);
    }

    // ---- the sending thread

    /** Whether the last frame has been sent. */
    boolean isReady() {
        return sending.isDone();
    }

    /** Sends a frame; {@link #isReady} and {@link #check} report the outcome. */
    void send(List<NumberedLine> lines) {
        sending = open().sendText(frame(lines), true).whenComplete((sent, failure) -> {
            if (failure != null) {
                ended(new IOException(ErrorText.of(failure), failure));
            }
            window.touch();
        });
    }

    private static String frame(List<NumberedLine> lines) {
        var bytes = new ByteArrayOutputStream(SendWindow.FRAME_BYTES);
        for (NumberedLine line : lines) {
            bytes.writeBytes(line.json());
            bytes.write('\n');
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /**
     * Fails when the connection has ended, and sends a ping when it is silent for too long.
     *
     * @throws RefusedException when a new connection would end in the same way
     */
    void check() throws IOException {
        IOException over = end;
        if (over != null) {
            throw over;
        }
        long now = System.nanoTime();
        if (!window.isWaiting()) {
            idleAt = now;
            return;
        }
        long silence = Math.min(now - heardAt, now - idleAt);
        if (silence > limits.silent().toNanos()) {
            throw new IOException("no response for " + limits.silent().toSeconds() + " s");
        }
        if (silence > limits.quiet().toNanos()
                && now - pingedAt > limits.quiet().toNanos()) {
            pingedAt = now;
            open().sendPing(ByteBuffer.allocate(0)).exceptionally(failure -> null); // a failure is noticed as silence
        }
    }

    /** Closes the connection with a closing handshake, within a limit. */
    void close() throws InterruptedException {
        try {
            open().sendClose(WebSocket.NORMAL_CLOSURE, "").get(limits.close().toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException gone) {
            abort();
        }
    }

    void abort() {
        open().abort();
    }

    private WebSocket open() {
        if (socket == null) {
            throw new IllegalStateException("not connected");
        }
        return socket;
    }

    // ---- the listener's thread

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
        heardAt = System.nanoTime();
        if (answer.length() + data.length() > MAX_ANSWER_CHARS) {
            ended(new IOException("a response is longer than " + MAX_ANSWER_CHARS + " characters"));
            return null;
        }
        answer.append(data);
        if (last) {
            onAnswer(JsonFields.readOrEmpty(answer.toString()));
            answer.setLength(0);
        }
        webSocket.request(1);
        return null;
    }

    private void onAnswer(JsonFields fields) {
        if (fields.has("ack")) {
            window.acknowledged(number, fields.number("ack", 0));
        }
        if (fields.has("error.reason")) {
            long ordinal = fields.number("error.line", 0);
            NumberedLine line = window.onItsWay(number, ordinal);
            String where = line == null ? "a line" : "line " + line.inputLine();
            rejections.report(
                    where,
                    fields.text(
                            "error.reason",
                            "")); // before the line counts as answered, because the command may end then
            window.rejected(number, ordinal);
        }
    }

    @Override
    public @Nullable CompletionStage<?> onPing(WebSocket webSocket, ByteBuffer message) {
        heardAt = System.nanoTime();
        webSocket.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onPong(WebSocket webSocket, ByteBuffer message) {
        heardAt = System.nanoTime();
        webSocket.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
        String text = (reason.isEmpty() ? "the broker closed the connection" : reason) + " (" + code + ")";
        boolean lasting = code == UNACCEPTABLE_DATA || code == NOT_UTF8 || code == POLICY_VIOLATION || code == TOO_BIG;
        ended(lasting ? RefusedException.lasting(text) : new IOException(text));
        return null;
    }

    @Override
    public void onError(WebSocket webSocket, Throwable failure) {
        ended(new IOException(ErrorText.of(failure), failure));
    }

    private void ended(IOException cause) {
        if (end == null) {
            end = cause;
        }
        window.touch();
    }
}
