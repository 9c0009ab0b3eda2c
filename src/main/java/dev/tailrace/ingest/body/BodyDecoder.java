package dev.tailrace.ingest.body;

import dev.tailrace.ingest.Room;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Undoes the Content-Encoding of a request body, piece by piece. The decoded bytes are pulled, so a small piece that
 * expands to many bytes is decoded only as fast as storage takes them, and a decompression bomb is nothing but a long
 * body.
 */
public interface BodyDecoder extends AutoCloseable {

    /** Takes the next piece of the body; only after {@link #read} returned 0. */
    void input(byte[] bytes);

    /**
     * Decodes some more.
     *
     * @return bytes written to {@code out}, 0 when the input is used up
     * @throws NoRoomException when there is no room now for the memory that decoding takes
     * @throws IOException when the body is not what its Content-Encoding says
     */
    int read(byte[] out) throws IOException;

    /** Whether the body may end here. */
    boolean isComplete();

    @Override
    void close();

    /** There is no room for the memory that decoding takes, such as the window. */
    final class NoRoomException extends IOException {
        private static final long serialVersionUID = 1L;

        NoRoomException() {
            super("no memory left to decode it");
        }
    }

    /**
     * @param room for the memory that decoding takes outside the heap
     * @return null when the encoding is not known
     */
    static @Nullable BodyDecoder of(@Nullable String contentEncoding, Room room) {
        if (contentEncoding == null || contentEncoding.isBlank() || contentEncoding.equalsIgnoreCase("identity")) {
            return new IdentityDecoder();
        }
        return switch (contentEncoding.trim().toLowerCase(java.util.Locale.ROOT)) {
            case "gzip", "x-gzip" -> new GzipDecoder(room);
            case "zstd" -> new ZstdDecoder(room);
            case "deflate" -> new DeflateDecoder(room);
            default -> null;
        };
    }
}
