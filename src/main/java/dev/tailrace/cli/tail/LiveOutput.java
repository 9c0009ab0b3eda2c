package dev.tailrace.cli.tail;

import dev.tailrace.client.JsonFields;
import dev.tailrace.client.ReceivedEntry;
import dev.tailrace.model.DeviceId;
import org.jspecify.annotations.Nullable;

/** Shows entries and events of live streams. */
interface LiveOutput {

    void entry(ReceivedEntry entry);

    /**
     * An event other than an entry: {@code gap}, {@code clear} or {@code status}.
     *
     * @param device the device of the event, or null when it is of all devices of the stream
     */
    void event(String type, @Nullable DeviceId device, JsonFields fields, String json);
}
