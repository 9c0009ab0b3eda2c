package dev.tailrace.ingest.gelf;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/** The bytes of a GELF message over UDP: as they are, or compressed with gzip or zlib. */
final class GelfPayload {

    private static final int GZIP = 0x1F8B;
    private static final int ZLIB_METHOD = 8;

    private GelfPayload() {}

    /**
     * Decompresses a payload, which its first bytes describe.
     *
     * @param limit most bytes of the result
     * @return null when it is longer
     * @throws IOException when it is broken
     */
    static byte @Nullable [] decoded(byte[] payload, int limit) throws IOException {
        int head = payload.length < 2 ? 0 : (payload[0] & 0xFF) << 8 | payload[1] & 0xFF;
        boolean zlib = (head >> 8 & 0xF) == ZLIB_METHOD && head % 31 == 0 && head != 0;
        if (head != GZIP && !zlib) {
            return payload.length > limit ? null : payload;
        }
        var sent = new ByteArrayInputStream(payload);
        try (InputStream in = zlib ? new InflaterInputStream(sent) : new GZIPInputStream(sent)) {
            byte[] bytes = in.readNBytes(limit + 1);
            return bytes.length > limit ? null : bytes;
        }
    }
}
