package dev.tailrace.egress;

import dev.tailrace.broker.Encoding;
import dev.tailrace.broker.View;
import dev.tailrace.model.DeviceId;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** JSON objects, one per line (NDJSON). An entry has no {@code event} member. */
public final class NdjsonFormat implements StreamFormat {

    public static final StreamFormat INSTANCE = new NdjsonFormat();

    private static final View PLAIN = new View(INSTANCE.entries(null), null);

    private NdjsonFormat() {}

    @Override
    public String contentType() {
        return "application/x-ndjson; charset=utf-8";
    }

    @Override
    public View plain() {
        return PLAIN;
    }

    @Override
    public Encoding entries(@Nullable DeviceId device) {
        return new EntryJson.Ndjson(device);
    }

    @Override
    public Buffer event(String name, JsonObject data, @Nullable String id) {
        return Buffer.buffer(new JsonObject().put("event", name).mergeIn(data).encode() + "\n");
    }

    @Override
    public Buffer heartbeat(JsonObject alive) {
        return BLANK_LINE;
    }
}
