package dev.tailrace.ingest.records;

import dev.tailrace.ingest.DeviceNames;
import dev.tailrace.ingest.Rejection;
import dev.tailrace.ingest.fields.Attributes;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Level;
import dev.tailrace.model.Line;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Maps a record to a line: its message, its time and its attributes. Reused for each record. */
public final class RecordMapper {

    private final FieldMapping names;
    private final DeviceSource source;
    private final String stream;
    private final int lineBytes;
    private final Records.Handler handler;

    /** The attributes of the record, to be filled before {@link #finish}. */
    public final Attributes attributes = new Attributes();

    /**
     * @param stream the attribute that is stdout or stderr
     * @param lineBytes a message of more characters is rejected
     */
    public RecordMapper(
            FieldMapping names, DeviceSource source, String stream, int lineBytes, Records.Handler handler) {
        this.names = names;
        this.source = source;
        this.stream = stream;
        this.lineBytes = lineBytes;
        this.handler = handler;
    }

    public void reject(String reason) {
        handler.rejected(Rejection.INVALID, reason);
    }

    public void rejectTooLong() {
        handler.rejected(Rejection.TOO_LONG, "longer than " + lineBytes + " bytes");
    }

    public boolean isTooLong(int length) {
        return length > lineBytes;
    }

    /** Most bytes of a record, as sent. */
    public int most() {
        return lineBytes;
    }

    /** As {@link Records.Handler#keep}. */
    public boolean keep(int level, int bytes) {
        return handler.keep(level, bytes);
    }

    /**
     * Hands the line over, or rejects it.
     *
     * @param timestamp epoch milliseconds in the years 0 to 9999; null for the time of receipt
     * @param level used when no attribute has the level
     * @param levelText what the sender called that level, if it is another word
     * @param wrongShared why the attributes that it shares could not be read, which matters when it has no device then
     */
    public void finish(
            String message,
            @Nullable Long timestamp,
            @Nullable String level,
            @Nullable String levelText,
            @Nullable String wrongShared) {
        if (isTooLong(message.length())) {
            rejectTooLong();
            return;
        }
        DeviceId device = device(wrongShared);
        if (device == null) {
            return;
        }
        String service = take(names.service(), Line.MAX_SERVICE_LENGTH);
        String named = take(names.level(), Line.MAX_LEVEL_LENGTH);
        boolean stderr = stderr();
        Long number = named == null ? null : PlainJson.whole(named);
        Level numbered = number == null ? null : Level.ofNumber(number);
        String word = numbered != null ? numbered.word() : named != null ? named : level;
        String text = numbered != null ? named : named != null ? null : levelText;
        handler.line(device, new Line(message, timestamp, service, stderr, false, word, text, attributes.toJson()));
    }

    private @Nullable DeviceId device(@Nullable String wrongShared) {
        if (source.given() != null) {
            return source.given();
        }
        String name = attributes.firstOf(names.device());
        if (name == null) {
            return own(wrongShared != null ? wrongShared : missing());
        }
        String text = attributes.text(name);
        String id = DeviceNames.sanitized(text);
        if (id.length() > DeviceId.MAX_LENGTH || id.equals(".") || id.equals("..")) {
            return own(name + " is not a device id: 1 to " + DeviceId.MAX_LENGTH
                    + " of the characters A-Z a-z 0-9 . _ - (and not only dots)");
        }
        if (id.equals(text)) {
            attributes.remove(name);
        }
        return new DeviceId(id);
    }

    /** The caller's own device; without one the record is rejected. */
    private @Nullable DeviceId own(String reason) {
        if (source.own() == null) {
            reject(reason);
        }
        return source.own();
    }

    private String missing() {
        return "the device is missing; expected in " + String.join(" or ", names.device()) + source.otherwise();
    }

    /** Takes the first attribute of the names. A value that is too long for the field stays an attribute. */
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
