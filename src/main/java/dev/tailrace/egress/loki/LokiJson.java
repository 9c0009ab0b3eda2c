package dev.tailrace.egress.loki;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tailrace.broker.EncodeBuffer;
import dev.tailrace.broker.Encoding;
import dev.tailrace.egress.TextFrames;
import dev.tailrace.egress.history.HistoryFormat;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entry;
import dev.tailrace.model.Line;
import io.netty.buffer.ByteBuf;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Entries in the form of Loki's HTTP API: streams, which are sets of labels, and their values, each a time and a line.
 */
public final class LokiJson {

    private LokiJson() {}

    private static byte[] labels(@Nullable DeviceId device, Line line) {
        JsonObject labels = new JsonObject();
        if (device != null) {
            labels.put("device", device.value());
        }
        if (line.level() != null) {
            labels.put("level", line.level());
        }
        if (line.service() != null) {
            labels.put("service_name", line.service());
        }
        return labels.put("stream", line.stderr() ? "stderr" : "stdout")
                .encode()
                .getBytes(UTF_8);
    }

    private static byte[] value(Entry entry, long offset) {
        String message = Json.encode(entry.line().message());
        return ("[\"" + LokiTime.of(entry, offset) + "\"," + message + "]").getBytes(UTF_8);
    }

    /** A message that reports lost entries; the data of the gap are its labels. */
    public static String dropped(JsonObject gap) {
        JsonObject labels = new JsonObject();
        gap.forEach(field -> {
            if (field.getValue() != null) {
                labels.put(field.getKey(), field.getValue().toString());
            }
        });
        JsonObject dropped =
                new JsonObject().put("timestamp", Long.toString(LokiTime.now())).put("labels", labels);
        return new JsonObject()
                .put("streams", new JsonArray())
                .put("dropped_entries", new JsonArray().add(dropped))
                .encode();
    }

    /** Puts consecutive values with the same labels into one stream. */
    private static final class Streams {
        private byte @Nullable [] labels; // of the stream in progress

        void add(Buffer out, byte[] labelsOfValue, byte[] value) {
            if (Arrays.equals(labels, labelsOfValue)) {
                out.appendByte((byte) ',');
            } else {
                if (labels != null) {
                    out.appendString("]},");
                }
                labels = labelsOfValue;
                out.appendString("{\"stream\":").appendBytes(labelsOfValue).appendString(",\"values\":[");
            }
            out.appendBytes(value);
        }

        void end(Buffer out) {
            if (labels != null) {
                out.appendString("]}");
            }
        }
    }

    /** What a tail sends: one message with all entries that are delivered together. */
    public record Tail(@Nullable DeviceId device) implements Encoding {

        // Labels and value are on one line each, because only after all entries it is known which of them share a
        // stream.
        @Override
        public void append(EncodeBuffer out, String epoch, long offset, byte[] bytes, int start, int end) {
            Entry entry;
            try {
                entry = Entry.read(bytes, start, end);
            } catch (IllegalArgumentException notAnEntry) {
                return;
            }
            out.append(labels(device, entry.line())).append('\n');
            out.append(value(entry, offset)).append('\n');
        }

        @Override
        public ByteBuf pack(EncodeBuffer entries) {
            Buffer message = Buffer.buffer(entries.length() + 64).appendString("{\"streams\":[");
            Streams streams = new Streams();
            byte[] lines = entries.bytes();
            for (int at = 0; at < entries.length(); ) {
                int labelsEnd = lineEnd(lines, at);
                int valueEnd = lineEnd(lines, labelsEnd + 1);
                streams.add(
                        message,
                        Arrays.copyOfRange(lines, at, labelsEnd),
                        Arrays.copyOfRange(lines, labelsEnd + 1, valueEnd));
                at = valueEnd + 1;
            }
            streams.end(message);
            Buffer frame = TextFrames.text(message.appendString("]}").getBytes());
            return TextFrames.packed(frame.getBytes(), frame.length());
        }

        private static int lineEnd(byte[] lines, int from) {
            int at = from;
            while (lines[at] != '\n') {
                at++;
            }
            return at;
        }
    }

    /** The answer to a query of a range; one per response. */
    static final class Answer implements HistoryFormat.Writer {
        private final DeviceId device;
        private final Streams streams = new Streams();
        private boolean begun;

        Answer(DeviceId device) {
            this.device = device;
        }

        @Override
        public void entry(Buffer out, String epoch, long offset, byte[] bytes, int start, int end) {
            begin(out);
            Entry entry = Entry.read(bytes, start, end); // what is not an entry was skipped before
            streams.add(out, labels(device, entry.line()), value(entry, offset));
        }

        private void begin(Buffer out) {
            if (!begun) {
                begun = true;
                out.appendString("{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",\"result\":[");
            }
        }

        @Override
        public Buffer end() {
            Buffer out = Buffer.buffer();
            begin(out);
            streams.end(out);
            return out.appendString("],\"stats\":{}}}");
        }
    }
}
