package dev.tailrace.egress;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.tailrace.broker.EncodeBuffer;
import dev.tailrace.broker.Encoding;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.codec.Decimals;
import io.netty.buffer.ByteBuf;
import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * The JSON of an entry as every reader receives it: its id, its device where several share a stream, and then the
 * stored bytes, unchanged.
 */
public final class EntryJson {

    private static final byte[] EVENT_ID = ascii("id: ");
    private static final byte[] EVENT_DATA = ascii("data: ");
    private static final byte[] EVENT_END = ascii("\n\n");
    private static final byte[] ID = ascii("{\"id\":\"");
    private static final byte[] DEVICE = ascii("\"device\":\"");
    private static final byte[] NEXT_FIELD = ascii("\",");

    private EntryJson() {}

    private static byte[] ascii(String text) {
        return text.getBytes(US_ASCII);
    }

    /** One JSON object per line. */
    public record Ndjson(@Nullable DeviceId device) implements Encoding {
        @Override
        public void append(EncodeBuffer out, String epoch, long offset, byte[] bytes, int start, int end) {
            object(out, device, epoch, offset, bytes, start, end);
            out.append('\n');
        }

        public void append(Buffer out, String epoch, long offset, byte[] bytes, int start, int end) {
            object(out, device, epoch, offset, bytes, start, end);
            out.appendByte((byte) '\n');
        }

        @Override
        public ByteBuf pack(EncodeBuffer entries) {
            return HttpChunk.of(entries.bytes(), entries.length());
        }
    }

    /**
     * One server-sent event. Only a stream of one device gives each entry an SSE id, because a browser resumes at the
     * id, and with several devices a single position would be wrong; those streams get checkpoints.
     *
     * @param idSuffix follows the position in each SSE id
     */
    record Sse(@Nullable DeviceId device, String idSuffix) implements Encoding {
        Sse(@Nullable DeviceId device) {
            this(device, "");
        }

        @Override
        public void append(EncodeBuffer out, String epoch, long offset, byte[] bytes, int start, int end) {
            if (device == null) {
                out.append(EVENT_ID).append(epoch).append('-').append(offset);
                out.append(idSuffix).append('\n');
            }
            out.append(EVENT_DATA);
            object(out, device, epoch, offset, bytes, start, end);
            out.append(EVENT_END);
        }

        @Override
        public ByteBuf pack(EncodeBuffer entries) {
            return HttpChunk.of(entries.bytes(), entries.length());
        }
    }

    /** One JSON object per WebSocket message. */
    record Messages(@Nullable DeviceId device) implements Encoding {
        @Override
        public void append(EncodeBuffer out, String epoch, long offset, byte[] bytes, int start, int end) {
            TextFrames.beginText(out, length(device, epoch, offset, end - start));
            object(out, device, epoch, offset, bytes, start, end);
        }

        @Override
        public ByteBuf pack(EncodeBuffer entries) {
            return TextFrames.packed(entries.bytes(), entries.length());
        }
    }

    /** Bytes of an object besides what is appended below. */
    private static int length(@Nullable DeviceId device, String epoch, long offset, int stored) {
        int named = device == null ? 0 : DEVICE.length + device.value().length() + NEXT_FIELD.length;
        return ID.length + epoch.length() + 1 + Decimals.length(offset) + NEXT_FIELD.length + named + stored;
    }

    public static void object(
            Buffer out, @Nullable DeviceId device, String epoch, long offset, byte[] bytes, int start, int end) {
        out.appendBytes(ID).appendString(epoch).appendByte((byte) '-');
        out.appendString(Long.toString(offset)).appendBytes(NEXT_FIELD);
        if (device != null) {
            out.appendBytes(DEVICE).appendString(device.value()).appendBytes(NEXT_FIELD);
        }
        out.appendBytes(bytes, start, end - start);
    }

    private static void object(
            EncodeBuffer out, @Nullable DeviceId device, String epoch, long offset, byte[] bytes, int start, int end) {
        out.append(ID).append(epoch).append('-').append(offset).append(NEXT_FIELD);
        if (device != null) {
            out.append(DEVICE).append(device.value()).append(NEXT_FIELD);
        }
        out.append(bytes, start, end);
    }
}
