package dev.tailrace.egress.loki;

import dev.tailrace.broker.Encoding;
import dev.tailrace.broker.View;
import dev.tailrace.egress.StreamFormat;
import dev.tailrace.egress.TextFrames;
import dev.tailrace.model.DeviceId;
import io.netty.buffer.ByteBuf;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** Messages of Loki's live tail. Dropped entries are the only event that its clients know. */
public final class LokiTailFormat implements StreamFormat {

    public static final StreamFormat INSTANCE = new LokiTailFormat();

    private static final View PLAIN = new View(INSTANCE.entries(null), null);
    private static final Buffer PING = TextFrames.ping();

    private LokiTailFormat() {}

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
        return new LokiJson.Tail(device);
    }

    @Override
    public boolean namesDevice() {
        return true;
    }

    @Override
    public @Nullable Buffer event(String name, JsonObject data, @Nullable String id) {
        return name.equals("gap") ? TextFrames.text(LokiJson.dropped(data)) : null; // the format has no other event
    }

    @Override
    public Buffer heartbeat(JsonObject alive) {
        return PING;
    }

    @Override
    public ByteBuf pack(Buffer bytes) {
        return TextFrames.packed(bytes.getBytes(), bytes.length());
    }
}
