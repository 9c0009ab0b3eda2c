package dev.tailrace.bench;

import java.nio.charset.StandardCharsets;

/** Finds a run's lines in server-sent events of several devices, each of which names its device by a number at its end. */
final class FleetScanner implements Scanner {

    private static final byte[] ENTRY = ascii("data: {\"id\":\"");
    private static final byte[] DEVICE = ascii("\",\"device\":\"");
    private static final byte[] MESSAGE = ascii("\"message\":\"");

    private final Lines lines;

    /** What was found. */
    interface Lines {
        void entry(int device, long offset, long line, long sentNanos);

        /** An event that is not a line of this run, unchanged. */
        void other(String event);
    }

    FleetScanner(Lines lines) {
        this.lines = lines;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public int next(byte[] bytes, int from, int to) {
        int end = from;
        while (end + 1 < to && !(bytes[end] == '\n' && bytes[end + 1] == '\n')) {
            end++;
        }
        if (end + 1 >= to) {
            return -1;
        }
        if (!entry(bytes, from, end)) {
            lines.other(new String(bytes, from, end - from, StandardCharsets.UTF_8));
        }
        return end + 2;
    }

    private boolean entry(byte[] bytes, int from, int to) {
        if (!isAt(ENTRY, bytes, from, to)) {
            return false;
        }
        int dash = find('-', bytes, from + ENTRY.length, to);
        int idEnd = find('"', bytes, dash, to);
        if (!isAt(DEVICE, bytes, idEnd, to)) {
            return false;
        }
        int name = idEnd + DEVICE.length;
        int nameEnd = find('"', bytes, name, to);
        int number = nameEnd;
        while (number > name && bytes[number - 1] >= '0' && bytes[number - 1] <= '9') {
            number--;
        }
        int message = nameEnd;
        while (message < to && !isAt(MESSAGE, bytes, message, to)) {
            message++;
        }
        message += MESSAGE.length;
        if (number == nameEnd || message + LineFormat.MIN_BYTES > to || !LineFormat.isMessage(bytes, message)) {
            return false;
        }
        lines.entry(
                (int) decimal(bytes, number, nameEnd),
                decimal(bytes, dash + 1, idEnd),
                LineFormat.number(bytes, message),
                LineFormat.sentNanos(bytes, message));
        return true;
    }

    private static boolean isAt(byte[] text, byte[] bytes, int from, int to) {
        if (to - from < text.length) {
            return false;
        }
        for (int i = 0; i < text.length; i++) {
            if (bytes[from + i] != text[i]) {
                return false;
            }
        }
        return true;
    }

    private static int find(char c, byte[] bytes, int from, int to) {
        int at = from;
        while (at < to && bytes[at] != c) {
            at++;
        }
        return at;
    }

    private static long decimal(byte[] bytes, int from, int to) {
        long number = 0;
        for (int i = from; i < to; i++) {
            number = number * 10 + bytes[i] - '0';
        }
        return number;
    }
}
