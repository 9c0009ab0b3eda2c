package dev.tailrace.cli;

import dev.tailrace.model.DeviceId;

/** Shows what comes from live streams. */
interface LiveOutput {

    void entry(ReceivedEntry entry);

    /** An event other than an entry: {@code gap}, {@code clear} or {@code status}. */
    void event(String type, DeviceId device, JsonFields fields, String json);
}
