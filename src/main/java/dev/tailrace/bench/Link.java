package dev.tailrace.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** The bytes of one connection, as they are or within TLS; never waits. */
interface Link {

    SocketChannel channel();

    /** Reads at most so much off the network into the cleared buffer; returns what that came to, or -1 at the end. */
    int read(ByteBuffer in, int limit) throws IOException;

    /** Takes as much as the socket does. */
    void write(ByteBuffer out) throws IOException;

    /** Whether the socket has all that was taken. */
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
