package dev.tailrace.egress;

import dev.tailrace.broker.Encoding;
import dev.tailrace.model.DeviceId;
import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * An entry as every reader receives it: its id, its device where several share a stream, and then the stored bytes as they
 * are.
 */
final class EntryJson {

    private EntryJson() {}

    /** One JSON object per line. */
    record Ndjson(@Nullable DeviceId device) implements Encoding {
        @Override
        public void append(Buffer out, String epoch, long offset, byte[] bytes, int start, int end) {
            object(out, device, epoch, offset, bytes, start, end);
            out.appendByte((byte) '\n');
        }

        @Override
        public int overhead() {
            return device == null ? 32 : 48 + device.value().length();
        }
    }

    /**
     * One server-sent event. Only a stream of one device gives each entry an SSE id, because the id is where a browser
     * resumes, and with several devices a single position would be a lie; those get checkpoints.
     */
    record Sse(@Nullable DeviceId device) implements Encoding {
        @Override
        public void append(Buffer out, String epoch, long offset, byte[] bytes, int start, int end) {
            if (device == null) {
                out.appendString("id: ").appendString(epoch).appendByte((byte) '-');
                out.appendString(Long.toString(offset)).appendByte((byte) '\n');
            }
            out.appendString("data: ");
            object(out, device, epoch, offset, bytes, start, end);
            out.appendString("\n\n");
        }

        @Override
        public int overhead() {
            return device == null ? 64 : 64 + device.value().length();
        }
    }

    static void object(
            Buffer out, @Nullable DeviceId device, String epoch, long offset, byte[] bytes, int start, int end) {
        out.appendString("{\"id\":\"").appendString(epoch).appendByte((byte) '-');
        out.appendString(Long.toString(offset)).appendString("\",");
        if (device != null) {
            out.appendString("\"device\":\"").appendString(device.value()).appendString("\",");
        }
        out.appendBytes(bytes, start, end - start);
    }
}
