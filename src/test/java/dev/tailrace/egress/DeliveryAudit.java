package dev.tailrace.egress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.testing.SseReader;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * Everything that one reader of one device got, over any number of connections: each offset once, as an entry or in a
 * gap.
 */
final class DeliveryAudit {

    private long next;
    private long entries;
    private long missing;
    private @Nullable String token;
    private @Nullable String reason;

    /** @param first the offset that has to come next */
    DeliveryAudit(long first) {
        next = first;
    }

    void hear(SseReader.Event event) {
        if (event.id() != null) {
            token = event.id();
        }
        if (!event.isMessage()) {
            return;
        }
        JsonObject data = event.json();
        if (event.name() == null) {
            assertThat(offset(data.getString("id"))).as("%s", event).isEqualTo(next++);
            entries++;
        } else if (event.name().equals("gap")) {
            assertThat(offset(data.getString("from"))).as("%s", event).isEqualTo(next);
            next = offset(data.getString("to")) + 1;
            missing += data.getLong("count");
            reason = data.getString("reason");
        } else {
            throw new AssertionError("unexpected: " + event);
        }
    }

    private static long offset(String position) {
        return Long.parseLong(position.substring(position.indexOf('-') + 1));
    }

    /** Reads on until this offset was delivered or was in a gap. */
    void readTo(SseReader reader, long last) {
        while (next <= last) {
            SseReader.Event event = reader.next();
            assertThat(event).as("the stream ended at %s", next).isNotNull();
            hear(event);
        }
    }

    long next() {
        return next;
    }

    long entries() {
        return entries;
    }

    long missing() {
        return missing;
    }

    /** The reason of the last gap. */
    @Nullable
    String reason() {
        return reason;
    }

    /** The position to resume at. */
    @Nullable
    String token() {
        return token;
    }
}
