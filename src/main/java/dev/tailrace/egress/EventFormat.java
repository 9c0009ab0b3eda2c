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
 * The wire form of a live stream: server-sent events (WHATWG HTML, section 9.2) or ndjson as a response, the same JSON
 * objects or Loki's as messages of a WebSocket.
 */
enum EventFormat {
    SSE("text/event-stream; charset=utf-8") {
        @Override
        Encoding entries(@Nullable DeviceId device) {
            return new EntryJson.Sse(device);
        }

        @Override
        Buffer event(String name, JsonObject data, @Nullable String id) {
            String idLine = id == null ? "" : "id: " + id + "\n";
            return Buffer.buffer("event: " + name + "\n" + idLine + "data: " + data.encode() + "\n\n");
        }

        // An event, because a browser's EventSource tells its page nothing of comments.
        @Override
        Buffer heartbeat(JsonObject alive) {
            return event(ALIVE, alive, null);
        }

        @Override
        Buffer place(String id, JsonObject alive) {
            return event(ALIVE, alive, id);
        }

        @Override
        Buffer begin(@Nullable String id, JsonObject alive, long retryMillis) {
            return retrying(retryMillis, event(ALIVE, alive, id));
        }

        @Override
        Buffer bye(String reason, long retryMillis) {
            return retrying(retryMillis, event(BYE, new JsonObject().put("reason", reason), null));
        }

        // In one block with the event: some clients cannot read a block without data.
        private static Buffer retrying(long millis, Buffer event) {
            return Buffer.buffer("retry: " + millis + "\n").appendBuffer(event);
        }

        @Override
        boolean hasEventIds() {
            return true;
        }
    },

    NDJSON("application/x-ndjson; charset=utf-8") {
        @Override
        Encoding entries(@Nullable DeviceId device) {
            return new EntryJson.Ndjson(device);
        }

        @Override
        Buffer event(String name, JsonObject data, @Nullable String id) {
            return Buffer.buffer(
                    new JsonObject().put("event", name).mergeIn(data).encode() + "\n");
        }

        @Override
        Buffer heartbeat(JsonObject alive) {
            return BLANK;
        }

        @Override
        @Nullable
        Buffer place(String id, JsonObject alive) {
            return null;
        }
    },

    WEBSOCKET("application/json") {
        @Override
        Encoding entries(@Nullable DeviceId device) {
            return new EntryJson.Messages(device);
        }

        @Override
        Buffer event(String name, JsonObject data, @Nullable String id) {
            return Frame.text(new JsonObject().put("event", name).mergeIn(data).encode());
        }

        @Override
        Buffer heartbeat(JsonObject alive) {
            return PING;
        }

        @Override
        Buffer place(String id, JsonObject alive) {
            return event("place", new JsonObject().put("id", id), null);
        }

        @Override
        Buffer bye(String reason, long retryMillis) {
            return event(BYE, new JsonObject().put("reason", reason).put("retry", retryMillis), null);
        }

        @Override
        ByteBuf pack(Buffer bytes) {
            return Frame.packed(bytes.getBytes(), bytes.length());
        }
    },

    LOKI("application/json") {
        @Override
        Encoding entries(@Nullable DeviceId device) {
            return new LokiJson.Tail(device);
        }

        @Override
        boolean namesDevice() {
            return true;
        }

        @Override
        @Nullable
        Buffer event(String name, JsonObject data, @Nullable String id) {
            return name.equals("gap") ? Frame.text(LokiJson.dropped(data)) : null; // it knows no other
        }

        @Override
        Buffer heartbeat(JsonObject alive) {
            return PING;
        }

        @Override
        @Nullable
        Buffer place(String id, JsonObject alive) {
            return null;
        }

        @Override
        ByteBuf pack(Buffer bytes) {
            return Frame.packed(bytes.getBytes(), bytes.length());
        }
    },

    /** Entries as balena's clients know them; of all events they know gaps only, and those as a line of the system. */
    BALENA("application/x-ndjson") {
        @Override
        Encoding entries(@Nullable DeviceId device) {
            return new BalenaEntry();
        }

        @Override
        @Nullable
        Buffer event(String name, JsonObject data, @Nullable String id) {
            return name.equals("gap") ? BalenaEntry.suppressed(data.getLong("count"), id) : null;
        }

        @Override
        Buffer heartbeat(JsonObject alive) {
            return BLANK;
        }

        @Override
        @Nullable
        Buffer place(String id, JsonObject alive) {
            return null;
        }

        @Override
        boolean isBalena() {
            return true;
        }
    };

    private static final String ALIVE = "alive";
    private static final String BYE = "bye";
    private static final Buffer PING = Frame.ping();
    private static final Buffer BLANK = Buffer.buffer("\n");

    private final String contentType;
    private final View plain = new View(entries(null), null);

    EventFormat(String contentType) {
        this.contentType = contentType;
    }

    /** Of a response, or of each message. */
    String contentType() {
        return contentType;
    }

    /** What a reader wants to see, in this format; {@code device} as in {@link #entries}. */
    View view(@Nullable DeviceId device, @Nullable Filter filter) {
        return device == null && filter == null ? plain : new View(entries(device), filter);
    }

    /** @param device named in each entry, or null on a stream of one device */
    abstract Encoding entries(@Nullable DeviceId device);

    /** Whether readers are balena's: they hear nothing before the first entry, and learn of an end only when it is abrupt. */
    boolean isBalena() {
        return false;
    }

    /** Whether an event has an id beside its data. */
    boolean hasEventIds() {
        return false;
    }

    /** Whether entries and events name their device though there is only one. */
    boolean namesDevice() {
        return false;
    }

    /**
     * @param id where a reader resumes from here on, or null when that did not move
     * @return null when the format has no such event
     */
    abstract @Nullable Buffer event(String name, JsonObject data, @Nullable String id);

    /**
     * Says that the stream is alive, and nothing else.
     *
     * @param alive for readers who watch over their stream, where the format has room for it
     */
    abstract Buffer heartbeat(JsonObject alive);

    /** A heartbeat that says where a reader would resume; null when the format has no such thing. */
    abstract @Nullable Buffer place(String id, JsonObject alive);

    /**
     * What a stream begins with, beside its head, where the format asks the reader to come back no sooner than after some time.
     *
     * @param id where a reader would resume, or null when that is not known yet
     * @return null when the format cannot ask, so that a heartbeat and the place come instead
     */
    @Nullable
    Buffer begin(@Nullable String id, JsonObject alive, long retryMillis) {
        return null;
    }

    /** The last event of a stream that the broker ends; null when the format has none. */
    @Nullable
    Buffer bye(String reason, long retryMillis) {
        return event(BYE, new JsonObject().put("reason", reason), null);
    }

    /** What goes to the socket for bytes as the methods above make them, to be written to a {@link PeerSocket}. */
    ByteBuf pack(Buffer bytes) {
        return Chunk.of(bytes);
    }
}
