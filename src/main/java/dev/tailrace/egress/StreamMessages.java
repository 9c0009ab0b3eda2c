package dev.tailrace.egress;

import dev.tailrace.broker.Cursor;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes what one stream sends besides entries: its head, which comes before everything else, then positions, events,
 * heartbeats and a farewell. Touched on the stream's event loop only.
 */
final class StreamMessages {

    /** The head is sent after this time at the latest, though storage does not answer. */
    private static final long OPEN_MILLIS = 500;

    /** A reader that loses its connection soon after the head reconnects after this time, and up to twice as long. */
    private static final int RETRY_MILLIS = 1000;

    private static final long NO_TIMER = -1;

    private final Vertx vertx;
    private final StreamFormat format;
    private final PeerSocket socket;
    private final StreamOutput output;
    private final StreamTicket ticket;
    private final long heartbeatMillis;
    private final String token;
    private final Resume.Kind resumed;
    private final Supplier<@Nullable String> firstId;
    private @Nullable Cursor sole; // of a stream of one device, once it is open
    private boolean headSent;
    private long openTimer = NO_TIMER;

    /**
     * @param heartbeat the interval of heartbeats
     * @param token that the reader resumed with; empty for none
     * @param firstId the id to resume with before the positions of many devices are known; null for none. It is used
     *     unless the reader resumed
     */
    StreamMessages(
            Vertx vertx,
            StreamReader reader,
            StreamOutput output,
            StreamTicket ticket,
            Duration heartbeat,
            String token,
            Resume.Kind resumed,
            Supplier<@Nullable String> firstId) {
        this.vertx = vertx;
        this.format = reader.format();
        this.socket = reader.socket();
        this.output = output;
        this.ticket = ticket;
        this.heartbeatMillis = heartbeat.toMillis();
        this.token = token;
        this.resumed = resumed;
        this.firstId = firstId;
    }

    /**
     * Sends the head at once in a format whose head has no position. Otherwise it is sent with the position of the
     * reader, and soon in any case.
     *
     * @param late sends the head
     */
    void begin(Runnable late) {
        openTimer = vertx.setTimer(OPEN_MILLIS, id -> late.run());
        if (format.headAlone()) {
            head();
        }
    }

    // ---- the head

    boolean isHeadSent() {
        return headSent;
    }

    /** Sends the head, unless it was sent before. */
    void head() {
        if (!headSent) {
            head(null);
        }
    }

    /** The position of the only device is known, and is sent with the head or, when that is sent, alone. */
    void opened(Cursor only) {
        sole = only;
        String id = only.position().toString();
        if (headSent || !head(id)) {
            write(format.place(ticket.addTo(id), alive()));
        }
    }

    /**
     * Sends the head. While the position is not known, perhaps for long because storage is unavailable, the head has
     * the ticket that the reader needs to resume again where it resumed now.
     *
     * @param id of the reader's position, or null
     * @return whether the id was sent with the head
     */
    private boolean head(@Nullable String id) {
        if (output.isClosed()) {
            return false;
        }
        headSent = true;
        vertx.cancelTimer(openTimer);
        if (format.headAlone() && socket.writeHead()) {
            return false;
        }
        JsonObject alive = alive();
        String first = id == null && ticket.exists() ? token : id;
        int retry = RETRY_MILLIS + ThreadLocalRandom.current().nextInt(RETRY_MILLIS);
        Buffer begin = format.begin(first == null ? null : ticket.addTo(first), alive, retry);
        write(begin == null ? format.heartbeat(alive) : begin);
        if (resumed == Resume.Kind.LOST) {
            JsonObject gap = new JsonObject().putNull("count").put("reason", "place-lost");
            write(format.event("gap", gap, null));
        }
        String lost = resumed == Resume.Kind.KNOWN ? null : firstId.get();
        if (lost != null) {
            write(format.place(ticket.addTo(lost), alive));
        }
        return begin != null;
    }

    // ---- after the head

    /**
     * Sends an event.
     *
     * @param id where the reader resumes after it, or null when that did not change
     */
    void event(String name, JsonObject data, @Nullable String id) {
        head();
        write(format.event(name, data, id == null ? null : ticket.addTo(id)));
    }

    /**
     * Sends a heartbeat.
     *
     * @param place where the reader would resume, for a reader to whom nothing else has told it; or null
     */
    void heartbeat(@Nullable String place) {
        Buffer withPlace = place == null ? null : format.place(ticket.addTo(place), alive());
        write(withPlace == null ? format.heartbeat(alive()) : withPlace);
    }

    /** Sends the last event of the stream. */
    void bye(Farewell farewell) {
        head(); // its ticket is the one to reconnect with
        write(format.bye(farewell.reason(), farewell.retryMillis()));
    }

    /** The data of a heartbeat: a reader sees that its stream is alive, and how far behind it is. */
    private JsonObject alive() {
        JsonObject alive = new JsonObject();
        if (sole != null) {
            alive.put("head", sole.head().toString());
        }
        return alive.put("time", System.currentTimeMillis()).put("interval", heartbeatMillis);
    }

    private void write(@Nullable Buffer bytes) {
        if (bytes != null) {
            output.event(bytes);
        }
    }

    void close() {
        vertx.cancelTimer(openTimer);
    }
}
