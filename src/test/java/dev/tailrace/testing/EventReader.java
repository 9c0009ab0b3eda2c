package dev.tailrace.testing;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** A stream of server-sent events that a test reads one by one; each transport says how. */
public interface EventReader {

    /** One block between blank lines; the fields that it has. */
    record Event(
            @Nullable String name,
            @Nullable String id,
            @Nullable String data,
            @Nullable Long retry,
            boolean comment) {

        /** Whether it is more than a heartbeat, which says that the stream is alive, and its place. */
        public boolean isMessage() {
            return data != null && !"alive".equals(name);
        }

        /** Whether it is an entry. */
        public boolean isEntry() {
            return isMessage() && name == null;
        }

        public JsonObject json() {
            return new JsonObject(data);
        }
    }

    /** The next event, whatever it is; null at the end of the stream. */
    @Nullable
    Event next();

    /** The next event with data that is no heartbeat. */
    default Event message() {
        for (Event event = next(); event != null; event = next()) {
            if (event.isMessage()) {
                return event;
            }
        }
        throw new AssertionError("the stream ended");
    }

    /** The next entry's message; anything else with data is a failure. */
    default String entry() {
        Event event = message();
        if (!event.isEntry()) {
            throw new AssertionError("not an entry: " + event);
        }
        return event.json().getString("message");
    }
}
