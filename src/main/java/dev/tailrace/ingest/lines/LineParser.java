package dev.tailrace.ingest.lines;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tailrace.ingest.fields.Attributes;
import dev.tailrace.ingest.fields.JsonTree;
import dev.tailrace.ingest.fields.SentNumber;
import dev.tailrace.ingest.fields.SentTime;
import dev.tailrace.ingest.fields.TimeValue;
import dev.tailrace.ingest.lines.LineFields.Meaning;
import dev.tailrace.ingest.lines.LineFields.Role;
import dev.tailrace.model.Batch;
import dev.tailrace.model.Level;
import dev.tailrace.model.Line;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads one line as a logger wrote it in JSON; holds the last line read. The fields are found under the names of {@link
 * LineFields}, and else by the shape of the line ({@link LoggerShape}). A field that cannot be read as what its name says
 * is kept as an attribute, as are all others. A text alone is a message, and so is an object without a message as it was
 * sent. A pair of a time and an object is an object with a time.
 */
public final class LineParser extends JsonLineParser {

    /** Objects that may have a message in them are read up to this size. */
    private static final int MAX_NESTED_BYTES = 4 * Line.MAX_MESSAGE_BYTES;

    private static final int MAX_NESTED_NAMES = 4;
    private static final int MAX_SEQ_DIGITS = 16;
    private static final long MAX_SEQ = 1L << 53;

    /** Numbers that are earlier than this are times only in Tailrace's own field: others count seconds since a start. */
    private static final long MIN_FOREIGN_TIME = 1_000_000_000_000L;

    /** An object counts as a message only where nothing else does. */
    private static final int OBJECT_RANK = 10_000;

    /** A word says more about a level than a number, whose scale is guessed. */
    private static final int NUMBER_RANK = 1_000;

    /** A word that names no level counts only where nothing names one, except in Tailrace's own field. */
    private static final int UNKNOWN_RANK = 2_000;

    private static final int LAST_RANK = 100_000;

    private final LineFields names;
    private final TimeValue times;
    private final JsonTree tree = new JsonTree();
    private final Attributes attributes = new Attributes();
    private final Found[] found = new Found[Role.values().length]; // by role

    private int tooLarge; // values that are not read
    private boolean system;
    private boolean systemSeen;
    private long seq;
    private boolean doubtful;
    private @Nullable Line line;

    /** The field that has a role, as far as the line is read. */
    private static final class Found {
        int rank;

        @Nullable
        Object value;

        String name = "";

        @Nullable
        Map<String, @Nullable Object> in; // the object of the line in which it is nested

        boolean tooLarge; // it is not among the attributes

        void clear() {
            rank = Integer.MAX_VALUE;
            value = null;
            name = "";
            in = null;
            tooLarge = false;
        }
    }

    /** @param times reads the times */
    public LineParser(LineFields names, SentTime times) {
        super(true);
        this.names = names;
        this.times = new TimeValue(times);
        for (Role role : Role.values()) {
            found[role.ordinal()] = new Found();
        }
    }

    @Override
    public Line line() {
        if (line == null) {
            throw new IllegalStateException("no line was read");
        }
        return line;
    }

    @Override
    public long seq() {
        return seq;
    }

    @Override
    public boolean isDoubtful() {
        return doubtful;
    }

    @Override
    protected void clear() {
        attributes.clear();
        for (Found one : found) {
            one.clear();
        }
        tooLarge = 0;
        system = false;
        systemSeen = false;
        seq = Batch.NO_SEQ;
        doubtful = false;
        line = null;
    }

    private Found found(Role role) {
        return found[role.ordinal()];
    }

    // ---- fields

    @Override
    protected @Nullable String field(String name, JsonToken token, JsonParser json) throws IOException {
        if (token == JsonToken.VALUE_NULL || (name.equals("seq") && isSeq(token, json))) {
            return null;
        }
        if (name.equals("system") && token.isBoolean()) {
            system = token == JsonToken.VALUE_TRUE;
            systemSeen = true;
            return null;
        }
        List<Meaning> meanings = names.of(name);
        boolean outer = token == JsonToken.START_OBJECT && names.isBeginning(name);
        long from = json.currentTokenLocation().getByteOffset();
        boolean isText = token == JsonToken.VALUE_STRING && !meanings.isEmpty(); // a message may be long
        Object value = isText ? json.getText() : tree.read(json, outer ? MAX_NESTED_BYTES : Line.MAX_ATTRIBUTES_BYTES);
        boolean large = value == JsonTree.TOO_LARGE;
        if (large) {
            tooLarge++;
        } else if (value != null && !(!meanings.isEmpty() && isEmptyName(value, meanings))) {
            attributes.add(name, value);
        }
        for (Meaning meaning : meanings) {
            if (meaning.role() == Role.MESSAGE && token.isStructStart()) {
                structure(name, meaning, outer, large, token, from, json);
            } else if (value != null && !large) {
                consider(meaning, value, name, null);
            }
        }
        if (outer && value instanceof Map<?, ?> object) {
            nested(name, cast(object), cast(object), 1);
        }
        return null;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, @Nullable Object> cast(Map<?, ?> object) {
        return (Map<String, @Nullable Object>) object;
    }

    /** Whether it is an empty text that says what its absence says. */
    private static boolean isEmptyName(Object value, List<Meaning> meanings) {
        Role role = meanings.get(0).role();
        return (role == Role.LEVEL || role == Role.SERVICE) && value.equals("");
    }

    private void structure(
            String name, Meaning meaning, boolean outer, boolean large, JsonToken token, long from, JsonParser json) {
        if (outer && !meaning.isOwn()) {
            return; // its fields count
        }
        String text = sent(from, json.currentLocation().getByteOffset());
        String bytes = token == JsonToken.START_ARRAY && name.equals("MESSAGE") ? LoggerShape.ofBytes(text) : null;
        int rank = bytes != null ? meaning.rank() : meaning.rank() + OBJECT_RANK;
        Found message = found(Role.MESSAGE);
        if (rank <= message.rank) {
            set(message, rank, bytes != null ? bytes : text, name, null);
            message.tooLarge = large;
        }
    }

    private void nested(
            String path, Map<String, @Nullable Object> object, Map<String, @Nullable Object> outermost, int depth) {
        for (Map.Entry<String, @Nullable Object> entry : object.entrySet()) {
            String name = path + "." + entry.getKey();
            Object value = entry.getValue();
            if (value == null) {
                continue;
            }
            for (Meaning meaning : names.of(name)) {
                consider(meaning, value, name, outermost);
            }
            if (value instanceof Map<?, ?> inner && depth < MAX_NESTED_NAMES && names.isBeginning(name)) {
                nested(name, cast(inner), outermost, depth + 1);
            }
        }
    }

    /** Takes the field for the role, if it can be read as that and no better one was found. */
    private void consider(
            Meaning meaning, Object sent, String name, @Nullable Map<String, @Nullable Object> outermost) {
        Found best = found(meaning.role());
        int rank = meaning.rank();
        if (rank > best.rank) {
            return;
        }
        Object value = read(meaning, sent, name);
        if (value == null) {
            return;
        }
        if (value instanceof NumberedLevel) {
            rank += NUMBER_RANK;
        } else if (meaning.role() == Role.LEVEL && !meaning.isOwn() && Level.of((String) value) == null) {
            rank += UNKNOWN_RANK;
        }
        if (rank <= best.rank) {
            set(best, rank, value, name, outermost);
        }
    }

    private static void set(
            Found best, int rank, Object value, String name, @Nullable Map<String, @Nullable Object> outermost) {
        best.rank = rank;
        best.value = value;
        best.name = name;
        best.in = outermost;
        best.tooLarge = false;
    }

    private @Nullable Object read(Meaning meaning, Object sent, String name) {
        return switch (meaning.role()) {
            case MESSAGE -> isScalar(sent) ? sent.toString() : null;
            case TIME -> time(meaning, sent);
            case LEVEL -> LoggerShape.level(sent, name, meaning);
            case SERVICE -> service(sent);
            case STREAM -> LoggerShape.stream(sent, meaning.isOwn());
        };
    }

    private static boolean isScalar(Object value) {
        return value instanceof String || value instanceof SentNumber || value instanceof Boolean;
    }

    private @Nullable Long time(Meaning meaning, Object sent) {
        Long time = times.read(sent);
        boolean numbers = LoggerShape.isNumber(sent) || sent instanceof List<?> || sent instanceof Map<?, ?>;
        boolean foreign = !meaning.isOwn() && numbers;
        return time != null && foreign && time < MIN_FOREIGN_TIME ? null : time;
    }

    private static @Nullable String service(Object sent) {
        String text = sent instanceof String || sent instanceof SentNumber ? sent.toString() : "";
        return text.isEmpty() || text.length() > Line.MAX_SERVICE_LENGTH ? null : text;
    }

    private boolean isSeq(JsonToken token, JsonParser json) throws IOException {
        if (token != JsonToken.VALUE_NUMBER_INT || json.getTextLength() > MAX_SEQ_DIGITS) {
            return false;
        }
        long number = json.getLongValue();
        if (number < 0 || number > MAX_SEQ) {
            return false;
        }
        seq = number;
        return true;
    }

    // ---- lines that are not objects

    @Override
    protected boolean mayBegin(byte first) {
        return first == '"' || first == '[';
    }

    @Override
    protected @Nullable String other(JsonToken first, JsonParser json) throws IOException {
        if (first == JsonToken.VALUE_STRING) {
            set(found(Role.MESSAGE), 0, json.getText(), "", null);
            return null;
        }
        JsonToken time = json.nextToken();
        if (time == null || !(time.isNumeric() || time == JsonToken.START_ARRAY || time == JsonToken.VALUE_STRING)) {
            return NOT_AN_OBJECT;
        }
        Object sent = tree.read(json, Line.MAX_ATTRIBUTES_BYTES);
        Object value = sent;
        doubtful = false;
        if (sent instanceof List<?> list && !list.isEmpty()) { // fluent-bit: with metadata
            value = list.get(0);
            doubtful = !isTimeWithMetadata(list);
        }
        doubtful |= !isTimeOfPair(value);
        if (json.nextToken() != JsonToken.START_OBJECT) {
            return NOT_AN_OBJECT;
        }
        fields(json);
        if (json.nextToken() != JsonToken.END_ARRAY) {
            return NOT_AN_OBJECT;
        }
        if (value != null) {
            consider(new Meaning(Role.TIME, LAST_RANK), value, "", null);
        }
        return null;
    }

    /** A number is one in any case, because it would be no line alone. */
    private boolean isTimeOfPair(@Nullable Object value) {
        Long time = value instanceof String || value instanceof SentNumber ? times.read(value) : null;
        return time != null && (value instanceof SentNumber || time >= MIN_FOREIGN_TIME);
    }

    private static boolean isTimeWithMetadata(List<?> list) {
        return list.size() == 1 || (list.size() == 2 && list.get(1) instanceof Map<?, ?>);
    }

    // ---- the line

    @Override
    protected @Nullable String missing() {
        return found(Role.MESSAGE).value == null ? "message is missing" : null;
    }

    @Override
    protected @Nullable String complete(long end) {
        Found message = found(Role.MESSAGE);
        Found time = found(Role.TIME);
        LoggerShape shape = LoggerShape.of(attributes, message.name, time.name);
        if (shape.isProperty(message.name)) {
            message.clear();
            if (attributes.get(LoggerShape.CLEF_MESSAGE) instanceof String sent) {
                set(message, 0, sent, LoggerShape.CLEF_MESSAGE, null);
            }
        }
        String text = (String) message.value;
        if (text == null) {
            text = shape.renderedMessage();
        }
        if (text == null && hasFields()) {
            text = sent(0, end);
        }
        if (text == null) {
            return missing();
        }
        String service = service(shape);
        Object level = level(shape);
        take(message);
        take(time);
        take(found(Role.STREAM));
        for (int i = message.tooLarge ? 1 : 0; i < tooLarge; i++) {
            attributes.leaveOut();
        }
        line = new Line(
                message.name.equals("message") || message.name.isEmpty() ? text : withoutNewline(text),
                (Long) time.value,
                service,
                LoggerShape.STDERR.equals(found(Role.STREAM).value),
                system,
                level instanceof NumberedLevel numbered ? numbered.level().word() : (String) level,
                level instanceof NumberedLevel numbered ? numbered.sent() : null,
                attributes.toJson());
        return null;
    }

    private boolean hasFields() {
        return !attributes.isEmpty()
                || tooLarge > 0
                || systemSeen
                || Arrays.stream(found).anyMatch(one -> one.value != null);
    }

    private @Nullable String service(LoggerShape shape) {
        Found service = found(Role.SERVICE);
        if (service.value != null) {
            take(service);
            return shape.serviceOf(service.name, (String) service.value);
        }
        String name = shape.serviceName();
        Object sent = name == null ? null : attributes.get(name);
        String text = sent == null ? null : service(sent);
        if (name != null && text != null) {
            attributes.remove(name);
        }
        return text;
    }

    /** A word, a {@link NumberedLevel}, or null. */
    private @Nullable Object level(LoggerShape shape) {
        Found level = found(Role.LEVEL);
        Object value = level.value instanceof NumberedLevel number ? shape.scaled(number, level.name) : level.value;
        if (value != null) {
            take(level);
            return value;
        }
        String name = shape.levelName();
        if (name == null) {
            return shape.defaultLevel();
        }
        String word = String.valueOf(attributes.get(name));
        attributes.remove(name);
        return word;
    }

    /** The field is part of the line, and no attribute. */
    private void take(Found one) {
        if (one.value == null || one.name.isEmpty()) {
            return;
        }
        if (one.in == null) {
            attributes.remove(one.name);
            return;
        }
        for (int dot = one.name.indexOf('.'); dot >= 0; dot = one.name.indexOf('.', dot + 1)) {
            if (attributes.get(one.name.substring(0, dot)) == one.in) {
                remove(one.in, one.name.substring(dot + 1));
                if (one.in.isEmpty()) {
                    attributes.remove(one.name.substring(0, dot));
                }
                return;
            }
        }
    }

    private static void remove(Map<String, @Nullable Object> from, String path) {
        if (from.containsKey(path)) {
            from.remove(path);
            return;
        }
        for (int dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
            if (from.get(path.substring(0, dot)) instanceof Map<?, ?> inner) {
                remove(cast(inner), path.substring(dot + 1));
                if (inner.isEmpty()) {
                    from.remove(path.substring(0, dot));
                }
                return;
            }
        }
    }

    private static String withoutNewline(String text) {
        int end = text.endsWith("\r\n") ? text.length() - 2 : text.endsWith("\n") ? text.length() - 1 : text.length();
        return text.substring(0, end);
    }

    /** A level that was sent as a number. */
    record NumberedLevel(Level level, String sent) {}
}
