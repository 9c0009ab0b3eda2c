package dev.tailrace.egress.balena;

import dev.tailrace.broker.Encoding;
import dev.tailrace.broker.View;
import dev.tailrace.egress.StreamFormat;
import dev.tailrace.model.DeviceId;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** Entries as balena's clients read them, one per line. Gaps are the only events, each as a line of the system. */
public final class BalenaStreamFormat implements StreamFormat {

    public static final StreamFormat INSTANCE = new BalenaStreamFormat();

    private static final View PLAIN = new View(INSTANCE.entries(null), null);

    private BalenaStreamFormat() {}

    @Override
    public String contentType() {
        return "application/x-ndjson";
    }

    @Override
    public View plain() {
        return PLAIN;
    }

    @Override
    public Encoding entries(@Nullable DeviceId device) {
        return new BalenaEntry();
    }

    @Override
    public @Nullable Buffer event(String name, JsonObject data, @Nullable String id) {
        return name.equals("gap") ? BalenaEntry.suppressed(data.getLong("count"), id) : null;
    }

    @Override
    public Buffer heartbeat(JsonObject alive) {
        return BLANK_LINE;
    }

    // Some of its clients take a blank line for an entry.
    @Override
    public boolean headAlone() {
        return true;
    }

    @Override
    public boolean skipsFirstHeartbeat() {
        return true;
    }

    @Override
    public boolean hasLifetime() {
        return false;
    }

    @Override
    public boolean endsByClosing() {
        return true;
    }
}
