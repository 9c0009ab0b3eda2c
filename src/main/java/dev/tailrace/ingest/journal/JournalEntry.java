package dev.tailrace.ingest.journal;

import dev.tailrace.ingest.RepeatedText;
import dev.tailrace.model.Batch;
import dev.tailrace.model.Level;
import dev.tailrace.model.Line;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The fields of one journal entry that become part of a line; reused for each entry. If a field comes twice, the first
 * one counts.
 */
public final class JournalEntry {

    /** Most bytes of any field but the message; the rest is cut off. */
    private static final int MAX_FIELD_BYTES = 512;

    private static final int ID_LENGTH = 32;
    private static final int MAX_DIGITS = 18;
    static final long ABSENT = -1;
    private static final String SERVICE_SUFFIX = ".service";

    /** The value of {@code _LINE_BREAK} when journald ended the entry because the line was too long for one. */
    private static final String LINE_MAX = "line-max";

    /** A larger array is not kept for the next message. */
    private static final int USUAL_MESSAGE_BYTES = 16 * 1024;

    private static final byte[] NOTHING = {};

    private final RepeatedText[] repeated = new RepeatedText[JournalField.values().length];
    private final @Nullable String[] values = new String[JournalField.values().length];
    private final RepeatedText journals = new RepeatedText();

    // Most entries have the same two, which were checked once.
    private @Nullable String knownJournal;
    private @Nullable String knownBoot;

    private byte[] message = NOTHING; // as it was sent: a character may be cut in two where the next part begins
    private int messageLength;
    private @Nullable String journal;
    private long number;
    private boolean hasCursor;
    private long micros;
    private boolean messageTooLong;
    private boolean unreadable;

    public JournalEntry() {
        Arrays.setAll(repeated, index -> new RepeatedText());
        clear();
    }

    public void clear() {
        Arrays.fill(values, null);
        if (message.length > USUAL_MESSAGE_BYTES) {
            message = NOTHING;
        }
        messageLength = (int) ABSENT;
        journal = null;
        number = Batch.NO_SEQ;
        hasCursor = false;
        micros = ABSENT;
        messageTooLong = false;
        unreadable = false;
    }

    public void set(JournalField field, byte[] bytes, int from, int to) {
        switch (field) {
            case CURSOR -> setCursor(bytes, from, to);
            case REALTIME_TIMESTAMP -> micros = micros == ABSENT ? decimal(bytes, from, to) : micros;
            case MESSAGE -> setMessage(bytes, from, to);
            default -> {
                if (values[field.ordinal()] == null) {
                    int end = Math.min(to, from + MAX_FIELD_BYTES);
                    values[field.ordinal()] = repeated[field.ordinal()].of(bytes, from, end);
                }
            }
        }
    }

    private void setMessage(byte[] bytes, int from, int to) {
        if (hasMessage()) {
            return;
        }
        messageLength = to - from;
        if (messageLength > message.length) {
            message = new byte[Math.max(messageLength, Math.min(USUAL_MESSAGE_BYTES, 2 * message.length))];
        }
        System.arraycopy(bytes, from, message, 0, messageLength);
    }

    /** {@code s=journal;i=number;…}, the number in hexadecimal. */
    private void setCursor(byte[] bytes, int from, int to) {
        int id = part(bytes, from, to, 's');
        int hex = part(bytes, from, to, 'i');
        if (hasCursor || id < 0 || hex < 0) {
            return;
        }
        hasCursor = true;
        journal = journals.of(bytes, id, Math.min(partEnd(bytes, id, to), id + MAX_FIELD_BYTES));
        number = hexadecimal(bytes, hex, partEnd(bytes, hex, to));
    }

    /** Where the value of a cursor's part begins, -1 when there is no such part. */
    private static int part(byte[] bytes, int from, int to, char name) {
        for (int i = from; i + 1 < to; i++) {
            if (bytes[i] == name && bytes[i + 1] == '=' && (i == from || bytes[i - 1] == ';')) {
                return i + 2;
            }
        }
        return -1;
    }

    private static int partEnd(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to && bytes[i] != ';') {
            i++;
        }
        return i;
    }

    /** {@link Batch#NO_SEQ} when it is no number, or has more than 63 bits. */
    private static long hexadecimal(byte[] bytes, int from, int to) {
        long number = 0;
        for (int i = from; i < to; i++) {
            int digit = Character.digit(bytes[i], 16);
            if (digit < 0 || number >>> 59 != 0) {
                return Batch.NO_SEQ;
            }
            number = number << 4 | digit;
        }
        return from == to ? Batch.NO_SEQ : number;
    }

    private static long decimal(byte[] bytes, int from, int to) {
        if (from == to || to - from > MAX_DIGITS) {
            return ABSENT;
        }
        long number = 0;
        for (int i = from; i < to; i++) {
            if (bytes[i] < '0' || bytes[i] > '9') {
                return ABSENT;
            }
            number = number * 10 + bytes[i] - '0';
        }
        return number;
    }

    void tooLong(JournalField field) {
        messageTooLong |= field == JournalField.MESSAGE;
    }

    void unreadable() {
        unreadable = true;
    }

    private @Nullable String value(JournalField field) {
        return values[field.ordinal()];
    }

    boolean isUnreadable() {
        return unreadable;
    }

    boolean isTooLong() {
        return messageTooLong;
    }

    boolean hasMessage() {
        return messageLength != ABSENT;
    }

    /** The journal that numbered the entry, or null when the cursor has no valid one. */
    @Nullable
    public String journal() {
        if (journal == null || journal.equals(knownJournal)) {
            return journal;
        }
        if (!isId(journal)) {
            return null;
        }
        knownJournal = journal;
        return journal;
    }

    /** The number of the entry in that journal, or {@link Batch#NO_SEQ} when the cursor has none. */
    public long number() {
        return number;
    }

    /** The boot of the entry, or null without a valid one. */
    @Nullable
    public String boot() {
        String boot = value(JournalField.BOOT_ID);
        if (boot == null || boot.equals(knownBoot)) {
            return boot;
        }
        if (!isId(boot)) {
            return null;
        }
        knownBoot = boot;
        return boot;
    }

    private static boolean isId(String text) {
        return text.length() == ID_LENGTH && isHexadecimal(text);
    }

    private static boolean isHexadecimal(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
                return false;
            }
        }
        return true;
    }

    /** Epoch milliseconds, or null without a valid time. */
    @Nullable
    Long timestamp() {
        long millis = micros / 1000;
        return micros == ABSENT || millis > Line.MAX_TIMESTAMP ? null : millis;
    }

    public Line line() {
        if (!hasMessage()) {
            throw new IllegalStateException("an entry without a message is no line");
        }
        return line(new String(message, 0, messageLength, StandardCharsets.UTF_8));
    }

    /** The entry's line, with this message in place of its own. */
    Line line(String text) {
        return new Line(text, timestamp(), service(), false, isSystem(), level());
    }

    // ---- parts of a line that is longer than an entry

    /** The bytes of the message, from 0 to {@link #messageLength()}; valid until {@link #clear()}. */
    byte[] message() {
        return message;
    }

    int messageLength() {
        return messageLength;
    }

    /** Whether another entry has the rest of this one's line. */
    boolean isContinued() {
        String last = value(JournalField.PARTIAL_LAST);
        if (last != null) {
            return !isTrue(last);
        }
        return isTrue(value(JournalField.PARTIAL_MESSAGE)) || LINE_MAX.equals(value(JournalField.LINE_BREAK));
    }

    /** Whether the entry's sender marks the last part of a line. */
    boolean marksLast() {
        return value(JournalField.PARTIAL_LAST) != null;
    }

    /** The name of the line that the entry is a part of, or null. */
    @Nullable
    String partOf() {
        return value(JournalField.PARTIAL_ID);
    }

    /** The place of the part within its line, from 1; {@link #ABSENT} when it is not known. */
    long ordinal() {
        String ordinal = value(JournalField.PARTIAL_ORDINAL);
        if (ordinal == null || ordinal.isEmpty() || ordinal.length() > MAX_DIGITS || !isDecimal(ordinal)) {
            return ABSENT;
        }
        return Long.parseLong(ordinal);
    }

    /**
     * What wrote the line: a stream of a container, or a stream that journald reads. Entries of one source are in the
     * order in which they were written.
     */
    String source() {
        String container =
                firstOf(JournalField.CONTAINER_ID_FULL, JournalField.CONTAINER_ID, JournalField.CONTAINER_NAME);
        String stream = value(JournalField.STREAM_ID);
        if (container == null && stream != null) {
            return stream;
        }
        // A container's two streams differ in their priority only.
        return (container == null ? service() : container) + "/" + value(JournalField.PRIORITY);
    }

    private @Nullable String firstOf(JournalField... fields) {
        for (JournalField field : fields) {
            if (value(field) != null) {
                return value(field);
            }
        }
        return null;
    }

    private static boolean isTrue(@Nullable String value) {
        return value != null && (value.equalsIgnoreCase("true") || value.equals("1"));
    }

    private static boolean isDecimal(String text) {
        return text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    // ---- fields of the line

    private @Nullable String service() {
        String container = value(JournalField.CONTAINER_NAME);
        String unit = value(JournalField.SYSTEMD_UNIT);
        String name = container != null ? container : unit != null ? unit : value(JournalField.SYSLOG_IDENTIFIER);
        if (name == null || name.isEmpty()) {
            return null;
        }
        boolean isService = name.endsWith(SERVICE_SUFFIX) && name.length() > SERVICE_SUFFIX.length();
        String service = isService ? name.substring(0, name.length() - SERVICE_SUFFIX.length()) : name;
        return service.substring(0, Math.min(service.length(), Line.MAX_SERVICE_LENGTH));
    }

    /** Whether the entry is of the kernel, or of systemd and its parts. */
    private boolean isSystem() {
        String identifier = value(JournalField.SYSLOG_IDENTIFIER);
        return "kernel".equals(value(JournalField.TRANSPORT))
                || "systemd".equals(identifier)
                || (identifier != null && identifier.startsWith("systemd-"))
                || "init.scope".equals(value(JournalField.SYSTEMD_UNIT));
    }

    private @Nullable String level() {
        String priority = value(JournalField.PRIORITY);
        if (priority == null || priority.length() != 1) {
            return null;
        }
        int severity = priority.charAt(0) - '0';
        return severity < 0 || severity > 7 ? null : Level.ofSyslog(severity).word();
    }
}
