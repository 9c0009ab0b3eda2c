package dev.tailrace.ingest.lines;

import dev.tailrace.ingest.ByteOrderMark;
import dev.tailrace.ingest.Carry;
import dev.tailrace.ingest.Room;

/**
 * Cuts a JSON array at its top-level commas, so that each element is read as a line of its own and an invalid one does
 * not affect its neighbours. A single object outside an array counts as one element. It knows only strings, escapes and
 * nesting; the parser reads the inside of an element. It holds at most one element of {@code limit} bytes, if the
 * budget has room for it.
 */
public final class ArraySplitter implements Splitter {

    private final int limit;
    private final Lines lines;
    private final Carry element;
    private boolean tooLong;
    private boolean hadNoRoom;
    private int depth; // of brackets and braces inside the element
    private boolean inString;
    private boolean escaped;
    private Place place = Place.BEFORE;

    private enum Place {
        BEFORE,
        SINGLE,
        ARRAY,
        AFTER,
        BROKEN
    }

    public ArraySplitter(int limit, Room room, Lines lines) {
        this.limit = limit;
        this.element = new Carry(room);
        this.lines = lines;
    }

    @Override
    public void feed(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            take(bytes[i]);
        }
    }

    @Override
    public void end() {
        if (place == Place.BEFORE || place == Place.ARRAY) {
            endElement();
            fail("the body ends before the JSON array does");
        } else if (place == Place.SINGLE) {
            endElement();
        }
    }

    private void take(byte b) {
        switch (place) {
            case BEFORE -> begin(b);
            case ARRAY -> inArray(b);
            case SINGLE -> add(b);
            case AFTER -> {
                if (!isSpace(b)) {
                    fail("unexpected data after the JSON array");
                }
            }
            case BROKEN -> {}
        }
    }

    private void begin(byte b) {
        if (b == '[') {
            place = Place.ARRAY;
        } else if (b == '{') {
            place = Place.SINGLE;
            add(b);
        } else if (!isSpace(b) && !ByteOrderMark.has(b)) {
            fail("not a JSON array");
        }
    }

    private void inArray(byte b) {
        if (inString) {
            add(b);
            inString = escaped || b != '"';
            escaped = !escaped && b == '\\';
        } else if (depth == 0 && b == ',') {
            endElement();
        } else if (depth == 0 && b == ']') {
            endElement();
            place = Place.AFTER;
        } else if (element.length() > 0 || isSkipping() || !isSpace(b)) {
            add(b);
            inString = b == '"';
            depth += b == '{' || b == '[' ? 1 : b == '}' || b == ']' ? -1 : 0;
            if (depth < 0) {
                fail("a closing bracket without an opening one");
            }
        }
    }

    private void add(byte b) {
        if (element.length() == limit) {
            tooLong = true;
            element.clear();
        }
        if (!isSkipping() && !element.add(b, limit)) {
            hadNoRoom = true;
        }
    }

    private boolean isSkipping() {
        return tooLong || hadNoRoom;
    }

    private void endElement() {
        if (tooLong) {
            lines.tooLong();
        } else if (hadNoRoom) {
            lines.noRoom();
        } else if (element.length() > 0) { // an empty element is skipped
            int end = element.length();
            while (end > 0 && isSpace(element.bytes()[end - 1])) {
                end--;
            }
            lines.line(element.bytes(), 0, end);
        }
        element.clear();
        tooLong = false;
        hadNoRoom = false;
        depth = 0;
        inString = false;
        escaped = false;
    }

    @Override
    public void close() {
        element.clear();
    }

    private void fail(String reason) {
        place = Place.BROKEN;
        lines.broken(reason);
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\n' || b == '\r' || b == '\t';
    }
}
