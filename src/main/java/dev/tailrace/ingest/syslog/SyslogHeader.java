package dev.tailrace.ingest.syslog;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
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

    /** The text in the place of the time, when it is no time or no time that exists. */
    @Nullable
    String unreadTime;

    /** Sets the time whose text is {@code bytes[from, to)}; the text is kept when the time does not exist. */
    void setTime(@Nullable Long millis, byte[] bytes, int from, int to) {
        timestamp = millis;
        unreadTime = millis == null ? new String(bytes, from, to - from, StandardCharsets.UTF_8) : null;
    }

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
        unreadTime = null;
    }
}
