package dev.tailrace.egress;

import dev.tailrace.broker.Encoding;
import dev.tailrace.broker.View;
import dev.tailrace.model.DeviceId;
import io.netty.buffer.ByteBuf;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** The objects of {@link NdjsonFormat} as text messages of a WebSocket. */
public final class WebSocketFormat implements StreamFormat {

    public static final StreamFormat INSTANCE = new WebSocketFormat();

    private static final View PLAIN = new View(INSTANCE.entries(null), null);
    private static final Buffer PING = TextFrames.ping();

    private WebSocketFormat() {}

    @Override
    public String contentType() {
        return "application/json";
    }

    @Override
    public View plain() {
        return PLAIN;
    }

    @Override
    public Encoding entries(@Nullable DeviceId device) {
        return new EntryJson.Messages(device);
    }

    @Override
    public Buffer event(String name, JsonObject data, @Nullable String id) {
        return TextFrames.text(new JsonObject().put("event", name).mergeIn(data).encode());
    }

    @Override
    public Buffer heartbeat(JsonObject alive) {
        return PING;
    }

    @Override
    public Buffer place(String id, JsonObject alive) {
        return event("place", new JsonObject().put("id", id), null);
    }

    @Override
    public Buffer bye(String reason, long retryMillis) {
        return event(BYE, new JsonObject().put("reason", reason).put("retry", retryMillis), null);
    }

    @Override
    public ByteBuf pack(Buffer bytes) {
        return TextFrames.packed(bytes.getBytes(), bytes.length());
    }
}
