package dev.tailrace.broker;

import io.netty.buffer.ByteBuf;

/**
 * How stored entries look on the wire. Subscribers of one device whose encodings are equal share what is encoded, so
 * implementations define {@code equals} (records and enums do).
 */
public interface Encoding {

    /** Appends one entry; its stored JSON is {@code bytes[start, end)}. */
    void append(EncodeBuffer out, String epoch, long offset, byte[] bytes, int start, int end);

    /** What outlets are handed for the entries appended; a buffer of the caller's, outside the heap. */
    ByteBuf pack(EncodeBuffer entries);
}
