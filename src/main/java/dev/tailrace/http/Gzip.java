package dev.tailrace.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.Locale;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Compresses one response (RFC 1952) piece by piece, such that its reader can decompress each piece when it arrives. */
public final class Gzip implements AutoCloseable {

    private static final byte[] HEADER = {0x1f, (byte) 0x8b, Deflater.DEFLATED, 0, 0, 0, 0, 0, 0, (byte) 0xff};

    private static final int PIECE_BYTES = 4096;

    private final Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
    private final CRC32 crc = new CRC32();
    private boolean begun;

    /** Whether a request accepts gzip; {@code *} does not count. */
    public static boolean isAcceptedBy(HttpServerRequest request) {
        String accepted = request.getHeader(HttpHeaders.ACCEPT_ENCODING);
        if (accepted == null) {
            return false;
        }
        for (String coding : accepted.toLowerCase(Locale.ROOT).split(",", -1)) {
            String[] parts = coding.split(";", 2);
            if (parts[0].trim().equals("gzip")) {
                return parts.length == 1 || !parts[1].replace(" ", "").matches("q=0(\\.0*)?");
            }
        }
        return false;
    }

    /** Compresses a piece, up to a byte boundary. */
    public Buffer flushed(byte[] piece) {
        crc.update(piece);
        deflater.setInput(piece);
        return deflate(Deflater.SYNC_FLUSH);
    }

    /** The last bytes of the response. */
    public Buffer end() {
        deflater.finish();
        Buffer out = deflate(Deflater.NO_FLUSH);
        return out.appendUnsignedIntLE(crc.getValue()).appendUnsignedIntLE(deflater.getBytesRead() & 0xFFFFFFFFL);
    }

    private Buffer deflate(int flush) {
        Buffer out = Buffer.buffer();
        if (!begun) {
            begun = true;
            out.appendBytes(HEADER);
        }
        byte[] some = new byte[PIECE_BYTES];
        int count = deflater.deflate(some, 0, some.length, flush);
        while (count > 0) {
            out.appendBytes(some, 0, count);
            // Less than asked for is all there was; to ask again would flush again.
            count = count < some.length ? 0 : deflater.deflate(some, 0, some.length, flush);
        }
        return out;
    }

    /** Gives back what the compressor holds outside the heap. */
    @Override
    public void close() {
        deflater.end();
    }
}
