package dev.tailrace.bench;

/**
 * Finds a run's lines in events whose {@code data:} are the lines as they were sent. Such events have no offsets, so a
 * line's number is used as its offset.
 */
final class LineScanner implements Scanner {

    private static final int DATA = "data: ".length();
    private static final int NUMBER_TO_MESSAGE = ",\"message\":\"".length();
    private static final int MESSAGE = DATA + "{\"seq\":".length() + LineFormat.NUMBER_DIGITS + NUMBER_TO_MESSAGE;
    private static final int END = "\"}".length();

    private final int lineBytes;
    private final Events events;

    LineScanner(int lineBytes, Events events) {
        this.lineBytes = lineBytes;
        this.events = events;
    }

    /** Reads one line of the stream. */
    @Override
    public int next(byte[] bytes, int from, int to) {
        int message = from + MESSAGE;
        int end = message + lineBytes + END;
        if (end < to && bytes[from] == 'd' && bytes[end] == '\n' && LineFormat.isMessage(bytes, message)) {
            long line = LineFormat.number(bytes, message);
            events.entry(line, line, LineFormat.sentNanos(bytes, message));
            return end + 1;
        }
        for (int i = from; i < to; i++) {
            if (bytes[i] == '\n') {
                other(bytes, from, i);
                return i + 1;
            }
        }
        return -1;
    }

    private void other(byte[] bytes, int from, int end) {
        if (end - from > DATA && bytes[from] == 'd') {
            events.foreign(0);
        }
    }
}
