package dev.tailrace.egress;

import dev.tailrace.broker.Encoding;
import dev.tailrace.broker.View;
import dev.tailrace.model.DeviceId;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** Server-sent events (WHATWG HTML, section 9.2). */
public final class SseFormat implements StreamFormat {

    public static final StreamFormat INSTANCE = new SseFormat();

    private static final String ALIVE = "alive";
    private static final View PLAIN = new View(INSTANCE.entries(null), null);

    private SseFormat() {}

    @Override
    public String contentType() {
        return "text/event-stream; charset=utf-8";
    }

    @Override
    public View plain() {
        return PLAIN;
    }

    @Override
    public Encoding entries(@Nullable DeviceId device) {
        return new EntryJson.Sse(device);
    }

    @Override
    public Buffer event(String name, JsonObject data, @Nullable String id) {
        String idLine = id == null ? "" : "id: " + id + "\n";
        return Buffer.buffer("event: " + name + "\n" + idLine + "data: " + data.encode() + "\n\n");
    }

    // An event, because a browser's EventSource does not report comments to its page.
    @Override
    public Buffer heartbeat(JsonObject alive) {
        return event(ALIVE, alive, null);
    }

    @Override
    public Buffer place(String id, JsonObject alive) {
        return event(ALIVE, alive, id);
    }

    @Override
    public Buffer begin(@Nullable String id, JsonObject alive, long retryMillis) {
        return retrying(retryMillis, event(ALIVE, alive, id));
    }

    @Override
    public Buffer bye(String reason, long retryMillis) {
        return retrying(retryMillis, event(BYE, new JsonObject().put("reason", reason), null));
    }

    // In one block with the event, because some clients cannot read a block without data.
    private static Buffer retrying(long millis, Buffer event) {
        return Buffer.buffer("retry: " + millis + "\n").appendBuffer(event);
    }

    @Override
    public boolean hasEventIds() {
        return true;
    }
}
