package dev.tailrace.broker;

import io.netty.buffer.ByteBuf;

/**
 * How stored entries look on the wire. Subscribers of one device with equal encodings share the encoded bytes, so
 * implementations define {@code equals} (records and enums do).
 */
public interface Encoding {

    /** Appends one entry; its stored JSON is {@code bytes[start, end)}. */
    void append(EncodeBuffer out, String epoch, long offset, byte[] bytes, int start, int end);

    /**
     * The bytes that subscribers are handed for the entries appended: a buffer outside the heap, which the caller has
     * to release.
     */
    ByteBuf pack(EncodeBuffer entries);
}
