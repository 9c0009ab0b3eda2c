package dev.tailrace.ingest.lines;

import dev.tailrace.ingest.Carry;
import dev.tailrace.ingest.Room;

/**
 * Finds the values in a stream of MessagePack, which follow each other without a separator, and hands each over as the
 * JSON of a line (see {@link MsgpackJson}). An array of events is taken apart. It holds at most one unfinished value of
 * {@code limit} bytes, if the budget has room for it; a longer one is skipped. A byte that begins neither an
 * array nor a map ends the input, because nothing shows where the next value begins.
 *
 * @see <a href="https://github.com/msgpack/msgpack/blob/master/spec.md">MessagePack specification</a>
 */
public final class MsgpackSplitter implements Splitter {

    private static final int NEVER_USED = 0xC1;
    private static final String NO_MESSAGEPACK =
            "not MessagePack; expected a map of fields, or [time, map], for each line";
    private static final String ENDS_EARLY = "the body ends within a MessagePack value";

    private final int limit;
    private final JsonSplitter.Values values;
    private final Carry carry; // the unfinished value, as far as it came in earlier pieces
    private final MsgpackJson json = new MsgpackJson();

    // The unfinished value. It is complete when no item is missing.
    private long missing;
    private long payload; // bytes that are still to come of the present item
    private int lengthBytes; // that are still to come
    private long length;
    private int header; // of the item whose length is being read
    private boolean tooLong;
    private boolean hadNoRoom;
    private boolean broken;

    /**
     * @param limit a value of more bytes is skipped, and reported as {@link JsonSplitter.Values#tooLong}
     * @param values takes each value as JSON
     */
    public MsgpackSplitter(int limit, Room room, JsonSplitter.Values values) {
        this.limit = limit;
        this.carry = new Carry(room);
        this.values = values;
    }

    @Override
    public void feed(byte[] bytes, int from, int to) {
        int begin = from;
        int at = from;
        while (at < to && !broken) {
            if (payload > 0) {
                int passed = (int) Math.min(payload, to - at);
                payload -= passed;
                at += passed;
            } else if (lengthBytes > 0) {
                length = length << 8 | (bytes[at++] & 0xFF);
                if (--lengthBytes == 0) {
                    measured();
                }
            } else {
                begin(bytes[at++] & 0xFF);
            }
            if (missing == 0 && payload == 0 && lengthBytes == 0 && !broken) {
                complete(bytes, begin, at);
                begin = at;
            }
        }
        if (!broken) {
            keep(bytes, begin, to);
        }
    }

    /** Takes the first byte of an item. */
    private void begin(int first) {
        boolean isNew = missing == 0;
        if ((isNew && !MsgpackJson.isArray(first) && !MsgpackJson.isMap(first)) || first == NEVER_USED) {
            broken = true;
            carry.clear();
            values.broken(NO_MESSAGEPACK);
            return;
        }
        missing = isNew ? 0 : missing - 1;
        header = first;
        length = 0;
        if (first < 0x80 || first >= 0xE0 || first == 0xC0 || first == 0xC2 || first == 0xC3) {
            return; // the item is this byte
        }
        if (first < 0x90) {
            missing += 2L * (first & 0x0F);
        } else if (first < 0xA0) {
            missing += first & 0x0F;
        } else if (first < 0xC0) {
            payload = first & 0x1F;
        } else {
            lengthBytes = MsgpackJson.lengthBytes(first);
            payload = MsgpackJson.fixedBytes(first);
        }
    }

    /** The length of an item is known. */
    private void measured() {
        switch (header) {
            case 0xDC, 0xDD -> missing += length;
            case 0xDE, 0xDF -> missing += 2 * length;
            case 0xC7, 0xC8, 0xC9 -> payload = length + 1; // with the type of the extension
            default -> payload = length;
        }
    }

    private void complete(byte[] bytes, int from, int to) {
        int size = carry.length() + to - from;
        boolean inPiece = carry.length() == 0;
        if (!isSkipping() && size > limit) {
            tooLong = true;
        } else if (!isSkipping() && !inPiece && !carry.add(bytes, from, to, limit)) {
            hadNoRoom = true;
        }
        if (tooLong) {
            values.tooLong();
        } else if (hadNoRoom) {
            values.noRoom();
        } else if (inPiece) {
            json.events(bytes, from, to, values);
        } else {
            json.events(carry.bytes(), 0, carry.length(), values);
        }
        carry.clear();
        tooLong = false;
        hadNoRoom = false;
    }

    private void keep(byte[] bytes, int from, int to) {
        if (from == to || isSkipping()) {
            return;
        }
        if (carry.length() + to - from > limit) {
            tooLong = true;
            carry.clear();
        } else if (!carry.add(bytes, from, to, limit)) {
            hadNoRoom = true;
        }
    }

    private boolean isSkipping() {
        return tooLong || hadNoRoom;
    }

    @Override
    public void end() {
        if (!broken && (missing > 0 || payload > 0 || lengthBytes > 0)) {
            broken = true;
            carry.clear();
            values.broken(ENDS_EARLY);
        }
    }

    @Override
    public void close() {
        carry.clear();
    }
}
