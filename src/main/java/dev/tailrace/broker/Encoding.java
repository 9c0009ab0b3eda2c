package dev.tailrace.broker;

import io.vertx.core.buffer.Buffer;

/**
 * How a stored entry looks on the wire. Subscribers of one device whose encodings are equal share the encoded Buffer, so
 * implementations define {@code equals} (records and enums do).
 */
public interface Encoding {

    /** Appends one entry; its stored JSON is {@code bytes[start, end)}. */
    void append(Buffer out, String epoch, long offset, byte[] bytes, int start, int end);

    /** Bytes added per entry beyond its stored JSON, for sizing; need not be exact. */
    int overhead();
}
