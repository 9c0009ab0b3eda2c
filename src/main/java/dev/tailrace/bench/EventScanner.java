package dev.tailrace.bench;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Finds a run's lines in server-sent events. An entry in the broker's usual form is read by the positions of its
 * fields, without looking at most of its bytes; other events are read line by line.
 */
final class EventScanner implements Scanner {

    private static final int ID = "id: ".length();
    private static final int ID_TO_ID = "data: {\"id\":\"".length();
    private static final int ID_TO_RECEIVED = "\",\"receivedAt\":".length();
    private static final int RECEIVED_TO_TIMESTAMP = ",\"timestamp\":".length();
    private static final String ALIVE = "alive";
    private static final String MESSAGE = "\"message\":\"";
    private static final int TIMESTAMP_TO_MESSAGE = 1 + MESSAGE.length();
    private static final int END = "\"}\n\n".length();

    private final int lineBytes;
    private final Events events;

    EventScanner(int lineBytes, Events events) {
        this.lineBytes = lineBytes;
        this.events = events;
    }

    @Override
    public int next(byte[] bytes, int from, int to) {
        int end = usualEntry(bytes, from, to);
        return end < 0 ? any(bytes, from, to) : end;
    }

    /** Reads an entry in its usual form and returns its end, or -1 when it has another form or is incomplete. */
    int usualEntry(byte[] bytes, int from, int to) {
        int at = from + ID;
        if (at >= to || bytes[from] != 'i') {
            return -1;
        }
        long offset = 0; // the number after the last dash
        for (; at < to && bytes[at] != '\n'; at++) {
            offset = bytes[at] == '-' ? 0 : offset * 10 + bytes[at] - '0';
        }
        int idLength = at - from - ID;
        at = afterNumber(bytes, at + 1 + ID_TO_ID + idLength + ID_TO_RECEIVED, to);
        at = afterNumber(bytes, at + RECEIVED_TO_TIMESTAMP, to);
        int message = at + TIMESTAMP_TO_MESSAGE;
        int end = message + lineBytes;
        if (end + END > to || !isEnd(bytes, end) || !isMessage(bytes, message)) {
            return -1;
        }
        events.entry(offset, LineFormat.number(bytes, message), LineFormat.sentNanos(bytes, message));
        return end + END;
    }

    private static int afterNumber(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to && bytes[at] != ',') {
            at++;
        }
        return at;
    }

    private static boolean isEnd(byte[] bytes, int at) {
        return bytes[at] == '"' && bytes[at + 1] == '}' && bytes[at + 2] == '\n' && bytes[at + 3] == '\n';
    }

    private static boolean isMessage(byte[] bytes, int at) {
        return bytes[at - 1] == '"' && bytes[at - 2] == ':' && bytes[at - 4] == 'e' && LineFormat.isMessage(bytes, at);
    }

    /** Reads an event of any form and returns its end, or -1 when it is incomplete. */
    private int any(byte[] bytes, int from, int to) {
        int end = from;
        while (end + 1 < to && !(bytes[end] == '\n' && bytes[end + 1] == '\n')) {
            end++;
        }
        if (end + 1 >= to) {
            return -1;
        }
        String name = null;
        String id = null;
        String data = null;
        for (String line : new String(bytes, from, end - from, StandardCharsets.UTF_8).split("\n")) {
            name = line.startsWith("event: ") ? line.substring(7) : name;
            id = line.startsWith("id: ") ? line.substring(4) : id;
            data = line.startsWith("data: ") ? line.substring(6) : data;
        }
        dispatch(name, id, data);
        return end + 2;
    }

    private void dispatch(@Nullable String name, @Nullable String id, @Nullable String data) {
        if (ALIVE.equals(name)) {
            if (id != null) {
                events.place(offset(id));
            }
        } else if (name != null) {
            events.named(name, data == null ? "" : data);
        } else if (id != null) {
            if (data == null) {
                events.place(offset(id));
            } else {
                entry(offset(id), data);
            }
        }
    }

    private static long offset(String id) {
        return Long.parseLong(id.substring(id.lastIndexOf('-') + 1));
    }

    private void entry(long offset, String data) {
        int message = data.indexOf(MESSAGE) + MESSAGE.length();
        byte[] bytes = data.getBytes(StandardCharsets.UTF_8);
        boolean ours = message >= MESSAGE.length()
                && message + LineFormat.MIN_BYTES <= bytes.length
                && LineFormat.isMessage(bytes, message);
        if (ours) {
            events.entry(offset, LineFormat.number(bytes, message), LineFormat.sentNanos(bytes, message));
        } else {
            events.foreign(offset);
        }
    }
}
