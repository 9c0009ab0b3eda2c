package dev.tailrace.client;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Position;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * An entry as the broker sends it to readers.
 *
 * @param device the device of the entry
 * @param json the JSON as received
 */
public record ReceivedEntry(
        DeviceId device,
        Position position,
        long receivedAt,
        long timestamp,
        String message,
        @Nullable String service,
        boolean stderr,
        boolean system,
        @Nullable String level,
        String json) {

    /**
     * @param sole the device of a stream of one device, whose entries do not name it
     * @throws IOException when the text is no entry
     */
    public static ReceivedEntry read(String json, @Nullable DeviceId sole) throws IOException {
        JsonFields fields = JsonFields.read(json);
        try {
            long receivedAt = fields.number("receivedAt", 0);
            return new ReceivedEntry(
                    device(fields, sole),
                    Position.parse(fields.text("id", "")),
                    receivedAt,
                    fields.number("timestamp", receivedAt),
                    fields.text("message", ""),
                    fields.values().get("service"),
                    fields.text("stream", "").equals("stderr"),
                    fields.flag("system"),
                    fields.values().get("level"),
                    json);
        } catch (IllegalArgumentException wrong) {
            throw new IOException("the broker sent an entry that cannot be read: " + wrong.getMessage(), wrong);
        }
    }

    /** The device of an entry or an event. */
    public static DeviceId device(JsonFields fields, @Nullable DeviceId sole) {
        return sole == null || fields.has("device") ? new DeviceId(fields.text("device", "")) : sole;
    }
}
