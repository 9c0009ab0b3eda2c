package dev.tailrace.ingest.records;

import dev.tailrace.metrics.Meters.Rejection;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Line;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Makes the line of a record out of its message, its time and its attributes; one record after another. */
public final class RecordMapper {

    /** The years 0 to 9999, which every calendar on a reader's side can show. */
    private final FieldMapping names;

    private final String stream;
    private final int lineBytes;
    private final Records.Handler taker;

    /** The record's, to be filled before {@link #finish}. */
    public final Attributes attributes = new Attributes();

    /**
     * @param stream the attribute that says stdout or stderr
     * @param lineBytes a message of more characters is rejected
     */
    public RecordMapper(FieldMapping names, String stream, int lineBytes, Records.Handler taker) {
        this.names = names;
        this.stream = stream;
        this.lineBytes = lineBytes;
        this.taker = taker;
    }

    public void reject(String reason) {
        taker.rejected(Rejection.INVALID, reason);
    }

    public void rejectTooLong() {
        taker.rejected(Rejection.TOO_LONG, "longer than " + lineBytes + " bytes");
    }

    public boolean isTooLong(int length) {
        return length > lineBytes;
    }

    /** As sent; a longer record is too long. */
    public int most() {
        return lineBytes;
    }

    /** As {@link Records.Handler#keep}. */
    public boolean keep(int level, int bytes) {
        return taker.keep(level, bytes);
    }

    /**
     * Hands the line over, or rejects it.
     *
     * @param level if the attributes do not tell it
     */
    public void finish(String message, @Nullable Long timestamp, @Nullable String level) {
        if (isTooLong(message.length())) {
            rejectTooLong();
            return;
        }
        if (timestamp != null && (timestamp < Line.MIN_TIMESTAMP || timestamp > Line.MAX_TIMESTAMP)) {
            reject("its time is not in the years 0 to 9999");
            return;
        }
        DeviceId device = device();
        if (device == null) {
            return;
        }
        String service = take(names.service(), Line.MAX_SERVICE_LENGTH);
        String told = take(names.level(), Line.MAX_LEVEL_LENGTH);
        String severity = told == null ? level : told.toLowerCase(Locale.ROOT);
        boolean stderr = stderr();
        taker.line(device, new Line(message, timestamp, service, stderr, false, severity, attributes.toJson()));
    }

    private @Nullable DeviceId device() {
        String name = attributes.firstOf(names.device());
        if (name == null) {
            reject("the device is missing; expected in " + String.join(" or ", names.device()));
            return null;
        }
        String text = attributes.text(name);
        String id = sanitised(text);
        if (id.length() > DeviceId.MAX_LENGTH || id.equals(".") || id.equals("..")) {
            reject(name + " is not a device id: 1 to " + DeviceId.MAX_LENGTH
                    + " of the characters A-Z a-z 0-9 . _ - (and not only dots)");
            return null;
        }
        if (id.equals(text)) {
            attributes.remove(name);
        }
        return new DeviceId(id);
    }

    /** With an underscore for each character that no device id has; the original stays an attribute then. */
    private static String sanitised(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (!isAllowed(text.charAt(i))) {
                return replaced(text, i);
            }
        }
        return text;
    }

    private static String replaced(String text, int from) {
        var id = new StringBuilder(text);
        for (int i = from; i < id.length(); i++) {
            if (!isAllowed(id.charAt(i))) {
                id.setCharAt(i, '_');
            }
        }
        return id.toString();
    }

    private static boolean isAllowed(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '.'
                || c == '_'
                || c == '-';
    }

    /** Of one that is too long for its field nothing is lost: it stays an attribute. */
    private @Nullable String take(List<String> from, int maxLength) {
        String name = attributes.firstOf(from);
        if (name == null) {
            return null;
        }
        String text = attributes.text(name);
        if (text.length() > maxLength) {
            return null;
        }
        attributes.remove(name);
        return text;
    }

    private boolean stderr() {
        String text = attributes.text(stream);
        boolean stderr = text.equals("stderr");
        if (stderr || text.equals("stdout")) {
            attributes.remove(stream);
        }
        return stderr;
    }
}
