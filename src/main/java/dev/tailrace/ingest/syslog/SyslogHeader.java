package dev.tailrace.ingest.syslog;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** What is read of the header of one message. */
final class SyslogHeader {

    @Nullable
    String host;

    @Nullable
    String service;

    @Nullable
    String process;

    @Nullable
    String messageId;

    /** The number that a device counts its messages with. */
    @Nullable
    String sequence;

    /** The part of a device that wrote the message, such as a card of a router. */
    @Nullable
    String node;

    /** The structured data, by their ids. */
    @Nullable
    JsonObject structured;

    /** Epoch milliseconds. */
    @Nullable
    Long timestamp;

    /** Whether nothing was read, so that all is the message. */
    boolean isEmpty() {
        return host == null && service == null && timestamp == null && sequence == null;
    }

    void clear() {
        host = null;
        service = null;
        process = null;
        messageId = null;
        sequence = null;
        node = null;
        structured = null;
        timestamp = null;
    }
}
