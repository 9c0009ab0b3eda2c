package dev.tailrace.testing;

import dev.tailrace.model.Entries;
import dev.tailrace.model.Line;
import java.nio.charset.StandardCharsets;

/** Lines of the size that all measurements use: a message of 150 bytes. */
public final class SampleLines {

    private static final long TIME = 1_763_820_000_000L;

    private SampleLines() {}

    private static String message(int number) {
        String begin = "worker 17 has taken job " + number + " from the queue ";
        return begin + "and goes on ".repeat(20).substring(0, 150 - begin.length());
    }

    /** The lines as a device sends them. */
    public static byte[] ndjson(int lines) {
        StringBuilder text = new StringBuilder(lines * 200);
        for (int i = 0; i < lines; i++) {
            text.append("{\"message\":\"").append(message(i));
            text.append("\",\"timestamp\":").append(TIME + i).append("}\n");
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** The lines as the ring keeps them. */
    public static Entries entries(int lines) {
        var entries = new Entries.Builder(lines * 256);
        for (int i = 0; i < lines; i++) {
            new Line(message(i), TIME + i, null, false, false, null).writeTo(entries, TIME);
        }
        return entries.build();
    }
}
