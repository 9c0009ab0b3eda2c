package dev.tailrace.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** Reads and writes the bytes of one connection, with or without TLS; never waits. */
interface Link {

    SocketChannel channel();

    /**
     * Reads at most this number of bytes from the network into the cleared buffer; returns the number of decoded bytes,
     * or -1 at the end.
     */
    int read(ByteBuffer in, int limit) throws IOException;

    /** Writes as much as the socket accepts. */
    void write(ByteBuffer out) throws IOException;

    /** Whether the socket has accepted all bytes that were taken. */
    boolean isFlushed();

    /** A connection without TLS. */
    record Plain(SocketChannel channel) implements Link {

        @Override
        public int read(ByteBuffer in, int limit) throws IOException {
            return channel.read(in.clear().limit(limit));
        }

        @Override
        public void write(ByteBuffer out) throws IOException {
            channel.write(out);
        }

        @Override
        public boolean isFlushed() {
            return true;
        }
    }
}
