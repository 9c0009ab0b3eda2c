package dev.tailrace.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Parses a stream of server-sent events by the WHATWG HTML standard (section 9.2.6), wherever its pieces are cut. Input
 * after the last blank line is discarded with the parser.
 */
public final class EventStreamParser {

    /** Receives the events. */
    public interface Listener {
        /** @param type {@code message} for an event without a name */
        void event(String type, String data);

        /** The place to resume from. Called after the event that had this id, or alone when the block had no data. */
        void place(String lastEventId);

        /** The delay before the next attempt to connect. */
        void retry(long millis);
    }

    /** A line, and the data of an event together. */
    static final int MAX_BYTES = 1024 * 1024;

    private static final int MAX_RETRY_DIGITS = 9;
    private static final byte[] BOM = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private final Listener listener;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final StringBuilder data = new StringBuilder();
    private String type = "";
    private String id = "";
    private boolean idGiven;
    private boolean afterReturn;
    private boolean atStart = true;

    public EventStreamParser(Listener listener) {
        this.listener = listener;
    }

    /** @throws IOException when a line or an event is too long */
    public void feed(byte[] bytes, int from, int to) throws IOException {
        int start = from;
        for (int i = from; i < to; i++) {
            byte b = bytes[i];
            if (b == '\n' && afterReturn) {
                afterReturn = false; // the second half of a CRLF
                start = i + 1;
            } else if (b == '\n' || b == '\r') {
                afterReturn = b == '\r';
                keep(bytes, start, i);
                start = i + 1;
                endLine();
            } else {
                afterReturn = false;
            }
        }
        keep(bytes, start, to);
    }

    private void keep(byte[] bytes, int from, int to) throws IOException {
        if (line.size() + to - from > MAX_BYTES) {
            throw tooLong();
        }
        line.write(bytes, from, to - from);
    }

    private void endLine() throws IOException {
        String text = takeLine();
        if (text.isEmpty()) {
            dispatch();
            return;
        }
        int colon = text.indexOf(':');
        if (colon == 0) {
            return; // a comment
        }
        if (colon < 0) {
            field(text, "");
            return;
        }
        int value = text.startsWith(" ", colon + 1) ? colon + 2 : colon + 1;
        field(text.substring(0, colon), text.substring(value));
    }

    private String takeLine() {
        byte[] bytes = line.toByteArray();
        line.reset();
        int from = atStart && startsWithBom(bytes) ? BOM.length : 0;
        atStart = false;
        return new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8);
    }

    private static boolean startsWithBom(byte[] bytes) {
        return bytes.length >= BOM.length && bytes[0] == BOM[0] && bytes[1] == BOM[1] && bytes[2] == BOM[2];
    }

    private void field(String name, String value) throws IOException {
        switch (name) {
            case "event" -> type = value;
            case "data" -> {
                if (data.length() + value.length() >= MAX_BYTES) {
                    throw tooLong();
                }
                data.append(value).append('\n');
            }
            case "id" -> {
                if (value.indexOf('\0') < 0) {
                    id = value;
                    idGiven = true;
                }
            }
            case "retry" -> {
                if (isNumber(value)) {
                    listener.retry(Long.parseLong(value));
                }
            }
            default -> {} // unknown fields are ignored
        }
    }

    // More digits than any sensible delay has, and parseLong must not fail.
    private static boolean isNumber(String value) {
        return !value.isEmpty()
                && value.length() <= MAX_RETRY_DIGITS
                && value.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private void dispatch() {
        if (!data.isEmpty()) {
            listener.event(type.isEmpty() ? "message" : type, data.substring(0, data.length() - 1));
        }
        if (idGiven) {
            listener.place(id);
        }
        data.setLength(0);
        type = "";
        idGiven = false;
    }

    private static IOException tooLong() {
        return RefusedException.lasting("an event is longer than " + MAX_BYTES + " bytes");
    }
}
