package dev.tailrace.ingest.lines;

import dev.tailrace.ingest.fields.JsonValue;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Writes a MessagePack value as JSON. Binary data that is UTF-8 becomes text, and other data base64; names of a map that
 * are not text become text; a time (extension -1, and 0 as Fluentd and fluent-bit write it) becomes seconds with a
 * fraction. The value must be complete.
 */
final class MsgpackJson {

    private static final int MAX_DEPTH = 64;
    private static final int FLUENTD_TIME = 0;
    private static final int TIME = -1;
    private static final String TOO_DEEP = "nested deeper than " + MAX_DEPTH + " levels";

    /** The text of a large value is not kept. */
    private static final int KEPT_CHARS = 64 * 1024;

    private final StringBuilder out = new StringBuilder();
    private ByteBuffer in = ByteBuffer.allocate(0);
    private boolean tooDeep;

    /**
     * Hands over each event of a value: a map, a pair of a time and a map, or each element of another array.
     *
     * @param bytes hold one complete value in {@code [from, to)}
     */
    void events(byte[] bytes, int from, int to, JsonSplitter.Values values) {
        in = ByteBuffer.wrap(bytes, from, to - from);
        if (isArrayOfEvents()) {
            long count = arrayLength();
            for (long i = 0; i < count; i++) {
                event(values);
            }
        } else {
            event(values);
        }
        in = ByteBuffer.allocate(0);
    }

    private void event(JsonSplitter.Values values) {
        out.setLength(0);
        tooDeep = false;
        value(0);
        if (tooDeep) {
            values.unreadable(TOO_DEEP);
        } else {
            byte[] json = out.toString().getBytes(StandardCharsets.UTF_8);
            values.line(json, 0, json.length);
        }
        if (out.capacity() > KEPT_CHARS) {
            out.setLength(0);
            out.trimToSize();
        }
    }

    /** Whether it is an array, but not of a time (with or without metadata) and a map. */
    private boolean isArrayOfEvents() {
        int begin = in.position();
        if (!isArray(in.get(begin) & 0xFF)) {
            return false;
        }
        boolean pair = arrayLength() == 2 && !isMap(in.get(in.position()) & 0xFF);
        if (pair) {
            out.setLength(0);
            value(0); // the time
            pair = isMap(in.get(in.position()) & 0xFF);
        }
        in.position(begin);
        return !pair;
    }

    /** Whether a first byte begins an array. */
    static boolean isArray(int first) {
        return (first >= 0x90 && first < 0xA0) || first == 0xDC || first == 0xDD;
    }

    /** Whether a first byte begins a map. */
    static boolean isMap(int first) {
        return (first >= 0x80 && first < 0x90) || first == 0xDE || first == 0xDF;
    }

    private long arrayLength() {
        int first = in.get() & 0xFF;
        return first == 0xDC || first == 0xDD ? length(lengthBytes(first)) : first & 0x0F;
    }

    // ---- values

    private void value(int depth) {
        int first = in.get() & 0xFF;
        if (first < 0x80 || first >= 0xE0) {
            out.append((byte) first);
        } else if (isMap(first)) {
            map(first < 0x90 ? first & 0x0F : length(lengthBytes(first)), depth);
        } else if (isArray(first)) {
            array(first < 0xA0 ? first & 0x0F : length(lengthBytes(first)), depth);
        } else if (first < 0xC0) {
            text(first & 0x1F);
        } else {
            other(first);
        }
    }

    private void other(int first) {
        switch (first) {
            case 0xC0 -> out.append("null");
            case 0xC2 -> out.append("false");
            case 0xC3 -> out.append("true");
            case 0xCA -> JsonValue.write(out, (double) in.getFloat());
            case 0xCB -> JsonValue.write(out, in.getDouble());
            case 0xCC -> out.append(in.get() & 0xFF);
            case 0xCD -> out.append(in.getShort() & 0xFFFF);
            case 0xCE -> out.append(in.getInt() & 0xFFFF_FFFFL);
            case 0xCF -> out.append(Long.toUnsignedString(in.getLong()));
            case 0xD0 -> out.append(in.get());
            case 0xD1 -> out.append(in.getShort());
            case 0xD2 -> out.append(in.getInt());
            case 0xD3 -> out.append(in.getLong());
            case 0xC7, 0xC8, 0xC9 -> extension((int) length(lengthBytes(first)));
            case 0xD4, 0xD5, 0xD6, 0xD7, 0xD8 -> extension((int) fixedBytes(first) - 1);
            default -> text((int) length(lengthBytes(first)));
        }
    }

    private void map(long entries, int depth) {
        if (depth == MAX_DEPTH) {
            skip(2 * entries);
            return;
        }
        out.append('{');
        for (long i = 0; i < entries; i++) {
            separate(i);
            int begin = out.length();
            value(depth + 1);
            if (out.charAt(begin) != '"') {
                String name = out.substring(begin);
                out.setLength(begin);
                JsonValue.write(out, name);
            }
            out.append(':');
            value(depth + 1);
        }
        out.append('}');
    }

    private void array(long items, int depth) {
        if (depth == MAX_DEPTH) {
            skip(items);
            return;
        }
        out.append('[');
        for (long i = 0; i < items; i++) {
            separate(i);
            value(depth + 1);
        }
        out.append(']');
    }

    private void separate(long index) {
        if (index > 0) {
            out.append(',');
        }
    }

    /** Skips values that are too deep, without recursion. */
    private void skip(long values) {
        tooDeep = true;
        out.append("null");
        for (long missing = values; missing > 0; missing--) {
            int first = in.get() & 0xFF;
            if (isMap(first)) {
                missing += 2 * (first < 0x90 ? first & 0x0F : length(lengthBytes(first)));
            } else if (isArray(first)) {
                missing += first < 0xA0 ? first & 0x0F : length(lengthBytes(first));
            } else if (first >= 0xA0 && first < 0xC0) {
                pass(first & 0x1F);
            } else if (first >= 0xC7 && first <= 0xC9) {
                pass(length(lengthBytes(first)) + 1);
            } else if (first >= 0xC4 && first < 0xE0) {
                pass(lengthBytes(first) > 0 ? length(lengthBytes(first)) : fixedBytes(first));
            }
        }
    }

    private void pass(long bytes) {
        in.position(in.position() + (int) bytes);
    }

    /** Text, or binary data, which old senders use for text. */
    private void text(int size) {
        ByteBuffer bytes = in.slice(in.position(), size);
        pass(size);
        try {
            JsonValue.write(
                    out, StandardCharsets.UTF_8.newDecoder().decode(bytes).toString());
        } catch (CharacterCodingException noText) {
            JsonValue.write(out, Base64.getEncoder().encodeToString(copy(bytes.rewind())));
        }
    }

    private void extension(int size) {
        int type = in.get();
        ByteBuffer data = in.slice(in.position(), size);
        pass(size);
        if (type == FLUENTD_TIME && size == 8) {
            time(data.getInt() & 0xFFFF_FFFFL, data.getInt() & 0xFFFF_FFFFL);
        } else if (type == TIME && size == 4) {
            time(data.getInt() & 0xFFFF_FFFFL, 0);
        } else if (type == TIME && size == 8) {
            long both = data.getLong();
            time(both & 0x3_FFFF_FFFFL, both >>> 34);
        } else if (type == TIME && size == 12) {
            long nanos = data.getInt() & 0xFFFF_FFFFL;
            time(data.getLong(), nanos);
        } else {
            JsonValue.write(out, Base64.getEncoder().encodeToString(copy(data)));
        }
    }

    private void time(long seconds, long nanos) {
        String fraction = Long.toString(nanos);
        out.append(seconds)
                .append('.')
                .append("0".repeat(Math.max(0, 9 - fraction.length())))
                .append(fraction);
    }

    private static byte[] copy(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        return copy;
    }

    // ---- the form of items

    private long length(int bytes) {
        long length = 0;
        for (int i = 0; i < bytes; i++) {
            length = length << 8 | (in.get() & 0xFF);
        }
        return length;
    }

    /** Bytes of the length that follows an item's first byte, which is from 0xC0 to 0xDF; 0 without one. */
    static int lengthBytes(int first) {
        return switch (first) {
            case 0xC4, 0xC7, 0xD9 -> 1;
            case 0xC5, 0xC8, 0xDA, 0xDC, 0xDE -> 2;
            case 0xC6, 0xC9, 0xDB, 0xDD, 0xDF -> 4;
            default -> 0;
        };
    }

    /** Bytes that follow an item's first byte, which is from 0xC0 to 0xDF, where it decides their number; else 0. */
    static long fixedBytes(int first) {
        return switch (first) {
            case 0xCC, 0xD0 -> 1;
            case 0xCD, 0xD1, 0xD4 -> 2; // an extension has its type before its data
            case 0xCE, 0xD2, 0xCA -> 4;
            case 0xCF, 0xD3, 0xCB -> 8;
            case 0xD5 -> 3;
            case 0xD6 -> 5;
            case 0xD7 -> 9;
            case 0xD8 -> 17;
            default -> 0;
        };
    }
}
