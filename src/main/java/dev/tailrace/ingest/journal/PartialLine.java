package dev.tailrace.ingest.journal;

import dev.tailrace.ingest.Carry;
import dev.tailrace.ingest.Room;
import dev.tailrace.model.Batch;
import dev.tailrace.model.Line;
import dev.tailrace.model.StorableLine;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A line whose parts are entries of their own. Time, service and level are those of its first part. The parts are
 * joined as bytes, because a character may be cut in two. At most the bytes that a line may have are kept; what comes
 * after them is counted.
 */
final class PartialLine {

    /** A few more than a message may have, so that it is cut at a character's boundary as every message is. */
    private static final int MAX_BYTES = Line.MAX_MESSAGE_BYTES + 4;

    /** Parts whose text is kept; any further one is counted as cut off. */
    private static final int MAX_PARTS = 1024;

    private final String source;
    private final @Nullable String id;
    private final Line head;
    private final Carry text;
    private final List<Part> parts = new ArrayList<>(4);
    private boolean marksLast;
    private boolean ended; // the last part has come
    private boolean ordered = true;
    private long count;
    private long lowest = Long.MAX_VALUE; // of the ordinals
    private long highest = Long.MIN_VALUE;
    private long cut;
    private @Nullable String journal; // of the part that came last
    private long number = Batch.NO_SEQ;
    private long since;

    /** @param to the end of the part in the text; it begins where the part before it in the list ends */
    private record Part(long ordinal, int from, int to) {}

    PartialLine(Room room, JournalEntry first) {
        this.source = first.source();
        this.id = first.partOf();
        this.head = first.line("");
        this.text = new Carry(room);
    }

    /**
     * Whether the entry is a part of this line. A driver that names its lines, or marks their last part, does so for
     * each part; without that, whatever comes next from the same source belongs to the line.
     */
    boolean goesOnWith(JournalEntry entry, String itsSource) {
        if (!source.equals(itsSource)) {
            return false;
        }
        String itsId = entry.partOf();
        if (itsId != null) {
            return itsId.equals(id);
        }
        if (entry.isContinued() || entry.marksLast()) {
            return id == null && !ended;
        }
        return !marksLast && !ended;
    }

    /** When its last part came. */
    long since() {
        return since;
    }

    /** The journal that numbered the part that came last, or null. */
    @Nullable
    String journal() {
        return journal;
    }

    /** The number of that part, or {@link Batch#NO_SEQ}. */
    long number() {
        return number;
    }

    /** Whether the entry is one that the line has already. */
    boolean isRepeated(JournalEntry entry) {
        return number != Batch.NO_SEQ
                && entry.number() != Batch.NO_SEQ
                && entry.number() <= number
                && journal != null
                && journal.equals(entry.journal());
    }

    /** Adds a part; false when there is no memory for it. */
    boolean add(JournalEntry part, long now) {
        int from = text.length();
        boolean keeps = cut == 0 && parts.size() < MAX_PARTS;
        int kept = keeps ? Math.min(part.messageLength(), MAX_BYTES - from) : 0;
        if (kept > 0 && !text.add(part.message(), 0, kept, MAX_BYTES)) {
            return false;
        }
        long ordinal = part.ordinal();
        if (kept > 0) {
            parts.add(new Part(ordinal, from, from + kept));
        }
        cut += part.messageLength() - kept;
        ordered &= count == 0 || ordinal > highest || ordinal == JournalEntry.ABSENT;
        count++;
        lowest = Math.min(lowest, ordinal);
        highest = Math.max(highest, ordinal);
        marksLast |= part.marksLast();
        ended |= !part.isContinued();
        journal = part.journal();
        number = part.number();
        since = now;
        return true;
    }

    /** Whether the last part has come, and none before it is missing. */
    boolean isComplete() {
        boolean numbered = lowest != JournalEntry.ABSENT;
        return ended && (!numbered || highest - lowest < count);
    }

    /** The line, of the parts that have come. */
    StorableLine line() {
        byte[] bytes = ordered ? text.bytes() : inOrder();
        int length = text.length();
        int whole = cut == 0 ? length : length - brokenTail(bytes, length);
        Line line = new Line(
                new String(bytes, 0, whole, StandardCharsets.UTF_8),
                head.timestamp(),
                head.service(),
                head.stderr(),
                head.system(),
                head.level(),
                head.levelText(),
                head.attributes());
        return line.cutBy(cut + length - whole);
    }

    private byte[] inOrder() {
        byte[] bytes = new byte[text.length()];
        int at = 0;
        for (Part part :
                parts.stream().sorted(Comparator.comparingLong(Part::ordinal)).toList()) {
            System.arraycopy(text.bytes(), part.from(), bytes, at, part.to() - part.from());
            at += part.to() - part.from();
        }
        return bytes;
    }

    /** How many bytes at the end are the beginning of a character whose rest was cut off. */
    private static int brokenTail(byte[] bytes, int length) {
        for (int back = 1; back <= 3 && back <= length; back++) {
            byte b = bytes[length - back];
            if ((b & 0xC0) != 0x80) {
                int size = b >= 0 ? 1 : (b & 0xE0) == 0xC0 ? 2 : (b & 0xF0) == 0xE0 ? 3 : (b & 0xF8) == 0xF0 ? 4 : 1;
                return size > back ? back : 0;
            }
        }
        return 0;
    }

    /** Releases the memory. */
    void close() {
        text.clear();
        parts.clear();
    }
}
