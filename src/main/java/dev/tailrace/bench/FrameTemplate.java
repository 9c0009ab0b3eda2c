package dev.tailrace.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** One WebSocket frame of lines, created once; only the digits change from frame to frame. */
final class FrameTemplate {

    // Four equal bytes, so that the mask of a digit does not depend on its place.
    private static final byte MASK = 0x5a;

    private static final byte FINAL_TEXT = (byte) 0x81;
    private static final byte FINAL_PONG = (byte) 0x8a;
    private static final byte FINAL_CLOSE = (byte) 0x88;

    private static final String SEQ = "{\"seq\":";
    private static final String MESSAGE = ",\"message\":\"";
    private static final int MAX_SHORT = 125;
    private static final int MAX_MEDIUM = 65535;

    private final byte[] frame;
    private final int firstLine;
    private final int lineLength;
    private final int batch;

    FrameTemplate(Plan plan) {
        this(plan.lineBytes(), plan.batch(), plan.dialect().acknowledgesLines());
    }

    /** @param endsLine whether the last line has a newline as the others have */
    FrameTemplate(int lineBytes, int batch, boolean endsLine) {
        String line = SEQ + "0".repeat(LineFormat.NUMBER_DIGITS) + MESSAGE + LineFormat.blank(lineBytes) + "\"}\n";
        String lines = line.repeat(batch);
        byte[] payload = lines.substring(0, lines.length() - (endsLine ? 0 : 1)).getBytes(StandardCharsets.US_ASCII);
        ByteBuffer out = ByteBuffer.allocate(payload.length + 14);
        putFrame(out, FINAL_TEXT, payload);
        this.frame = new byte[out.position()];
        out.flip().get(frame);
        this.firstLine = frame.length - payload.length;
        this.lineLength = line.length();
        this.batch = batch;
    }

    int bytes() {
        return frame.length;
    }

    /** Writes the frame of the lines from {@code number} on. */
    void put(ByteBuffer out, long number, long sentNanos) {
        for (int i = 0; i < batch; i++) {
            int seq = firstLine + i * lineLength + SEQ.length();
            int message = seq + LineFormat.NUMBER_DIGITS + MESSAGE.length();
            long value = LineFormat.FIRST + number + i;
            LineFormat.put(frame, seq, LineFormat.NUMBER_DIGITS, value, MASK);
            LineFormat.put(frame, message, LineFormat.TIME_DIGITS, sentNanos, MASK);
            LineFormat.put(frame, message + LineFormat.NUMBER_AT, LineFormat.NUMBER_DIGITS, value, MASK);
        }
        out.put(frame);
    }

    static ByteBuffer pong(byte[] payload) {
        return control(FINAL_PONG, payload);
    }

    static ByteBuffer close() {
        return control(FINAL_CLOSE, new byte[] {3, (byte) 0xe8}); // 1000, normal closure
    }

    private static ByteBuffer control(byte kind, byte[] payload) {
        ByteBuffer out = ByteBuffer.allocate(payload.length + 14);
        putFrame(out, kind, payload);
        return out.flip();
    }

    private static void putFrame(ByteBuffer out, byte kind, byte[] payload) {
        out.put(kind);
        if (payload.length <= MAX_SHORT) {
            out.put((byte) (0x80 | payload.length));
        } else if (payload.length <= MAX_MEDIUM) {
            out.put((byte) (0x80 | 126)).putShort((short) payload.length);
        } else {
            out.put((byte) (0x80 | 127)).putLong(payload.length);
        }
        out.put(new byte[] {MASK, MASK, MASK, MASK});
        for (byte b : payload) {
            out.put((byte) (b ^ MASK));
        }
    }
}
