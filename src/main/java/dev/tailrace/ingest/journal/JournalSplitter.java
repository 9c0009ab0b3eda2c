package dev.tailrace.ingest.journal;

import dev.tailrace.ingest.Carry;
import dev.tailrace.ingest.Room;
import dev.tailrace.model.codec.Newlines;
import org.jspecify.annotations.Nullable;

/**
 * Finds entries and their fields in the journal export format. The pieces may be cut anywhere. It holds at most one
 * unfinished value of a wanted field; other fields are skipped without being held. An entry that cannot be read is
 * reported, and reading continues after the next empty line.
 */
public final class JournalSplitter {

    private static final byte[] NOTHING = {};
    private static final int SIZE_BYTES = 8;

    /** Most bytes of a binary value, as in systemd; a greater size means that the bytes are something else. */
    private static final long MAX_DATA_BYTES = 768L << 20;

    /** Takes the entries. */
    public interface Entries {
        /** A wanted field of the current entry; valid during the call. */
        void field(JournalField field, byte[] bytes, int from, int to);

        /** A wanted field of the current entry was over the limit, and was skipped. */
        void tooLong(JournalField field);

        /** The budget has no room for a value of the current entry; nothing more is to be fed. */
        void noRoom();

        /** The current entry cannot be read; it ends after the next empty line. */
        void unreadable();

        /**
         * The current entry is complete.
         *
         * @return false to stop here for now
         */
        boolean end();
    }

    private enum State {
        /** In a line with the name of a field, and perhaps its value. */
        LINE,
        /** In a line that is skipped. */
        SKIPPED_LINE,
        /** In the size of a binary value. */
        SIZE,
        /** In a binary value. */
        DATA,
        /** At the newline after a binary value. */
        DATA_END,
        /** In bytes that cannot be read, until an empty line. */
        LOST
    }

    private final int limit;
    private final Entries entries;
    private State state = State.LINE;
    private final Carry carry;
    private boolean lineBegun; // while lost
    private boolean entryBegun;
    private @Nullable JournalField field; // of the binary value
    private boolean tooLong; // the binary value
    private int sizeBytes;
    private long size; // of the binary value, or of what is left of it

    /** @param limit most bytes of a value; a longer one is skipped */
    public JournalSplitter(int limit, Room room, Entries entries) {
        this.limit = limit;
        this.carry = new Carry(room);
        this.entries = entries;
    }

    /** Reads {@code bytes[from, to)}; returns where {@link Entries#end} stopped it, else {@code to}. */
    public int feed(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to) {
            if (state == State.LINE && carry.length() == 0 && bytes[at] == '\n') {
                at++;
                if (entryBegun && !endEntry()) {
                    return at;
                }
                continue;
            }
            at = switch (state) {
                case LINE -> line(bytes, at, to);
                case SKIPPED_LINE -> skippedLine(bytes, at, to);
                case SIZE -> size(bytes, at);
                case DATA -> data(bytes, at, to);
                case DATA_END -> dataEnd(bytes, at);
                case LOST -> lost(bytes, at, to);
            };
            if (state == State.LOST && !entryBegun && !endEntry()) {
                return at;
            }
        }
        return to;
    }

    /** Ends the input. An entry without its empty line is complete, unless it is cut within a field. */
    boolean end() {
        boolean whole = state == State.LINE && carry.length() == 0;
        if (!entryBegun && whole) {
            return true;
        }
        if (!whole) {
            entries.unreadable();
        }
        return endEntry();
    }

    private boolean endEntry() {
        state = State.LINE;
        carry.clear();
        entryBegun = false;
        return entries.end();
    }

    private int line(byte[] bytes, int from, int to) {
        entryBegun = true;
        int end = Newlines.first(bytes, from, to);
        if (carry.length() == 0 && end < to) {
            readLine(bytes, from, end);
            return end + 1;
        }
        carry(bytes, from, end);
        if (end < to) {
            if (state == State.LINE) {
                readLine(carry.bytes(), 0, carry.length());
                carry.clear();
            } else {
                endRest();
            }
            return end + 1;
        }
        return to;
    }

    /** The line whose rest was skipped ends. */
    private void endRest() {
        if (state == State.SKIPPED_LINE) {
            state = State.LINE;
        }
        lineBegun = false;
    }

    private void readLine(byte[] bytes, int from, int to) {
        int name = nameEnd(bytes, from, to);
        if (name < to && bytes[name] == '=') {
            JournalField wanted = JournalField.of(bytes, from, name);
            if (wanted == null) {
                return;
            }
            if (to - name - 1 > limit) {
                entries.tooLong(wanted);
            } else {
                entries.field(wanted, bytes, name + 1, to);
            }
        } else if (name == to && JournalField.isName(bytes, from, to)) {
            field = JournalField.of(bytes, from, to);
            size = 0;
            sizeBytes = 0;
            state = State.SIZE;
        } else {
            lose(true);
        }
    }

    private static int nameEnd(byte[] bytes, int from, int to) {
        int most = Math.min(to, from + JournalField.MAX_NAME_LENGTH + 1);
        int at = from;
        while (at < most && bytes[at] != '=') {
            at++;
        }
        return at;
    }

    /** Keeps the first part of a line whose end has not arrived, unless its field is not wanted. */
    private void carry(byte[] bytes, int from, int to) {
        int known = carry.length();
        if (carry.length() + to - from > limit + JournalField.MAX_NAME_LENGTH + 1) {
            // Its name is within the limit. A wanted field is reported as too long, any other is skipped.
            keep(bytes, from, Math.min(to, from + Math.max(0, JournalField.MAX_NAME_LENGTH + 1 - carry.length())));
            int name = nameEnd(carry.bytes(), 0, carry.length());
            boolean isField = name < carry.length() && carry.bytes()[name] == '=';
            JournalField wanted = isField ? JournalField.of(carry.bytes(), 0, name) : null;
            if (wanted != null) {
                entries.tooLong(wanted);
            }
            carry.clear();
            if (isField) {
                state = State.SKIPPED_LINE;
            } else {
                lose(false);
            }
            return;
        }
        keep(bytes, from, to);
        if (known <= JournalField.MAX_NAME_LENGTH) {
            int name = nameEnd(carry.bytes(), 0, carry.length());
            if (name < carry.length()
                    && carry.bytes()[name] == '='
                    && JournalField.of(carry.bytes(), 0, name) == null) {
                carry.clear();
                state = State.SKIPPED_LINE;
            }
        }
    }

    private void keep(byte[] bytes, int from, int to) {
        if (!carry.add(bytes, from, to, limit + JournalField.MAX_NAME_LENGTH + 1)) {
            entries.noRoom();
        }
    }

    /** Nothing more is fed; releases the memory that is held. */
    void close() {
        carry.clear();
    }

    private int skippedLine(byte[] bytes, int from, int to) {
        int end = Newlines.first(bytes, from, to);
        if (end == to) {
            return to;
        }
        state = State.LINE;
        return end + 1;
    }

    private int size(byte[] bytes, int at) {
        size |= (bytes[at] & 0xFFL) << (8 * sizeBytes);
        if (++sizeBytes == SIZE_BYTES) {
            if (size < 0 || size > MAX_DATA_BYTES) {
                lose(bytes[at] == '\n');
            } else {
                tooLong = size > limit;
                if (tooLong && field != null) {
                    entries.tooLong(field);
                }
                state = State.DATA;
                endDataIfComplete(NOTHING, 0, 0);
            }
        }
        return at + 1;
    }

    private int data(byte[] bytes, int from, int to) {
        int count = (int) Math.min(size, to - from);
        size -= count;
        boolean wanted = field != null && !tooLong;
        if (wanted && carry.length() == 0 && size == 0) {
            endDataIfComplete(bytes, from, from + count); // in place, without a copy
            return from + count;
        }
        if (wanted) {
            keep(bytes, from, from + count);
        }
        endDataIfComplete(carry.bytes(), 0, carry.length());
        return from + count;
    }

    private void endDataIfComplete(byte[] bytes, int from, int to) {
        if (size > 0) {
            return;
        }
        state = State.DATA_END;
        if (field != null && !tooLong) {
            entries.field(field, bytes, from, to);
        }
        carry.clear();
    }

    private int dataEnd(byte[] bytes, int at) {
        if (bytes[at] == '\n') {
            state = State.LINE;
        } else {
            lose(false);
        }
        return at + 1;
    }

    private void lose(boolean atLineStart) {
        entries.unreadable();
        state = State.LOST;
        lineBegun = !atLineStart;
    }

    /** Skips to the next empty line, which ends the entry. */
    private int lost(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to) {
            int end = Newlines.first(bytes, at, to);
            lineBegun |= end > at;
            if (end == to) {
                return to;
            }
            at = end + 1;
            if (!lineBegun) {
                entryBegun = false;
                return at;
            }
            lineBegun = false;
        }
        return at;
    }
}
