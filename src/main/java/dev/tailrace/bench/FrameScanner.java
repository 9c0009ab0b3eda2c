package dev.tailrace.bench;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Parses the messages of a broker to a device: acknowledgements, errors, pings and the close. */
final class FrameScanner {

    interface Frames {
        void acknowledged(long seq);

        /** Any other text frame. */
        void onText(String text);

        void pinged(byte[] payload);

        void closed(int code);
    }

    private static final byte[] ACK = "{\"ack\":".getBytes(StandardCharsets.US_ASCII);

    private static final int OPCODE = 0x0f;
    private static final int TEXT = 1;
    private static final int CLOSE = 8;
    private static final int PING = 9;

    private final Frames frames;

    FrameScanner(Frames frames) {
        this.frames = frames;
    }

    /** Reads the complete frames of {@code bytes[from, to)} and returns where the incomplete one begins. */
    int scan(byte[] bytes, int from, int to) {
        int at = from;
        while (to - at >= 2) {
            int length = bytes[at + 1] & 0x7f;
            int payload = at + 2;
            if (length >= 126) {
                int width = length == 126 ? 2 : 8;
                if (to - payload < width) {
                    return at;
                }
                length = number(bytes, payload, width);
                payload += width;
            }
            if (to - payload < length) {
                return at;
            }
            frame(bytes[at] & OPCODE, bytes, payload, payload + length);
            at = payload + length;
        }
        return at;
    }

    private static int number(byte[] bytes, int at, int width) {
        long value = 0;
        for (int i = at; i < at + width; i++) {
            value = value << 8 | (bytes[i] & 0xff);
        }
        return (int) Math.min(value, Integer.MAX_VALUE);
    }

    private void frame(int opcode, byte[] bytes, int from, int to) {
        switch (opcode) {
            case TEXT -> text(bytes, from, to);
            case PING -> frames.pinged(Arrays.copyOfRange(bytes, from, to));
            case CLOSE -> frames.closed(to - from < 2 ? 0 : number(bytes, from, 2));
            default -> {}
        }
    }

    private void text(byte[] bytes, int from, int to) {
        if (to - from <= ACK.length || !Arrays.equals(bytes, from, from + ACK.length, ACK, 0, ACK.length)) {
            frames.onText(new String(bytes, from, to - from, StandardCharsets.UTF_8));
            return;
        }
        long seq = 0;
        for (int i = from + ACK.length; i < to && bytes[i] >= '0' && bytes[i] <= '9'; i++) {
            seq = seq * 10 + bytes[i] - '0';
        }
        frames.acknowledged(seq);
    }
}
