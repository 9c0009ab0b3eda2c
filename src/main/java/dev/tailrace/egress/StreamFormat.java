package dev.tailrace.egress;

import dev.tailrace.broker.Encoding;
import dev.tailrace.broker.Filter;
import dev.tailrace.broker.View;
import dev.tailrace.model.DeviceId;
import io.netty.buffer.ByteBuf;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * The wire form of a live stream: how entries, events and heartbeats become bytes, and what the readers of this form
 * expect of a stream's beginning and end. Formats have no state; all streams share one instance.
 */
public interface StreamFormat {

    /** The name of the event that ends a stream. */
    String BYE = "bye";

    /** A heartbeat of the formats that are lines of text. */
    Buffer BLANK_LINE = Buffer.buffer("\n");

    /** The media type of a response, or of each message. */
    String contentType();

    /** @param device named in each entry, or null on a stream of one device */
    Encoding entries(@Nullable DeviceId device);

    /** The view of a reader without a filter whose entries do not name their device; always the same object. */
    View plain();

    /** The view of a reader in this format; {@code device} as in {@link #entries}. */
    default View view(@Nullable DeviceId device, @Nullable Filter filter) {
        return device == null && filter == null ? plain() : new View(entries(device), filter);
    }

    /** Whether the head of a response is sent without a first heartbeat, because readers would take it for an entry. */
    default boolean headAlone() {
        return false;
    }

    /**
     * Whether the first heartbeat comes a whole interval after the head, rather than at the next tick of the
     * heartbeats.
     */
    default boolean skipsFirstHeartbeat() {
        return false;
    }

    /** Whether a stream ends after {@code --stream-lifetime}; false where readers take a regular end for a failure. */
    default boolean hasLifetime() {
        return true;
    }

    /** Whether the broker ends a stream by closing its connection abruptly, because the format has no last event. */
    default boolean endsByClosing() {
        return false;
    }

    /** Whether an event has an id beside its data. */
    default boolean hasEventIds() {
        return false;
    }

    /** Whether entries and events name their device though there is only one. */
    default boolean namesDevice() {
        return false;
    }

    /**
     * An event of the stream.
     *
     * @param id where a reader resumes after this event, or null when that did not change
     * @return null when the format has no such event
     */
    @Nullable
    Buffer event(String name, JsonObject data, @Nullable String id);

    /**
     * A sign that the stream is alive, without an entry.
     *
     * @param alive the data of this sign; formats without room for it leave it out
     */
    Buffer heartbeat(JsonObject alive);

    /** A heartbeat with the position where the reader would resume; null when the format has none. */
    default @Nullable Buffer place(String id, JsonObject alive) {
        return null;
    }

    /**
     * The first bytes of a stream in a format that can ask the reader to wait before it connects again.
     *
     * @param id where a reader would resume, or null when that is not known yet
     * @return null when the format cannot ask, so that a heartbeat and the place come instead
     */
    default @Nullable Buffer begin(@Nullable String id, JsonObject alive, long retryMillis) {
        return null;
    }

    /** The last event of a stream that the broker ends; null when the format has none. */
    default @Nullable Buffer bye(String reason, long retryMillis) {
        return event(BYE, new JsonObject().put("reason", reason), null);
    }

    /** Packs what the methods above return as {@link PeerSocket} writes it. */
    default ByteBuf pack(Buffer bytes) {
        return HttpChunk.of(bytes);
    }
}
