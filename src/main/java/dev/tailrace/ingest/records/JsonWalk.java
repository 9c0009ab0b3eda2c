package dev.tailrace.ingest.records;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import dev.tailrace.ingest.ByteOrderMark;
import dev.tailrace.ingest.body.Document;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON documents of nested groups, such as resources of scopes of records, step by step. An object on each level
 * has a header and an array of items, and the items of the last level are the records. Fields may come in any order:
 * items that come before their header are skipped, and read after it.
 *
 * <p>Senders are taken at their meaning where that is clear: one object counts as an array of one; an object that has
 * the fields of an inner level is read as one of that level, as if what encloses it were there; and several documents
 * may follow each other, or be the elements of an array. A document that has fields, but none of this shape, is refused
 * with the shape that is expected.
 */
public final class JsonWalk implements Records {

    /** Field names are not interned, because senders choose them. Some programs write NaN without quotes. */
    private static final JsonFactory JSON = new JsonFactoryBuilder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CHARSET_DETECTION)
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    /**
     * The fields of the object on one level, in lower camel case.
     *
     * @param header names of its header, empty without one
     * @param items names of its array of items
     */
    public record Level(List<String> header, List<String> items) {

        boolean has(String name) {
            return items.contains(name) || header.contains(name);
        }
    }

    /** Takes what is found. Each method reads the value at the parser, or leaves it. */
    public interface Visitor {
        /** The shape of a document, for the sender of another one. */
        String shape();

        /** An object on this level begins. Its header, if any, comes before its items. */
        void begin(int level);

        /** @param bytes as sent, at most {@link Records#MAX_SHARED_BYTES} */
        void header(int level, JsonParser json, int bytes) throws IOException;

        /** A header was longer than that, and is skipped. */
        void headerTooLong(int level);

        void item(JsonParser json) throws IOException;

        /** An item was too long, and is skipped. */
        void itemTooLong();

        /** Something that may hold records is in a place where none can be read, and is skipped. */
        void misplaced(String reason);
    }

    /** A parser of a part of the document. */
    private record Part(JsonParser json, int from) {}

    /** The position of items that came before their header. */
    private record Early(int from, int to) {}

    /** An object that is being read. */
    private static final class Group {
        final int level;
        final boolean implied; // its fields are those of the object of the group below it on the stack
        final boolean outermost; // its fields are those of a whole document
        final Deque<Early> early = new ArrayDeque<>(0);
        boolean headed;
        boolean unset; // its header was null
        boolean inItems;
        boolean inEarly;

        Group(int level, boolean implied, boolean outermost) {
            this.level = level;
            this.implied = implied;
            this.outermost = outermost;
        }
    }

    /** Most arrays of items before the header of one object. */
    private static final int MAX_EARLY = 64;

    private static final int MAX_NAME_LENGTH = 40;

    private final Document document;
    private final int itemBytes;
    private final List<Level> levels;
    private final Visitor visitor;
    private final Deque<Part> parts = new ArrayDeque<>();
    private final Deque<Group> groups = new ArrayDeque<>();
    private @Nullable DocumentCheck check; // null when it is complete
    private boolean begun;
    private boolean inArray; // of documents
    private boolean found; // an item, or something in the place of one
    private boolean shaped; // an array of items, perhaps an empty one
    private @Nullable String outermost; // an unknown field of a document
    private @Nullable String unknown; // one inside, which may hold records
    private int skipping; // depth within a value that is skipped
    private int earlyFrom = -1;

    /** @param itemBytes a longer item is skipped, because its objects would take many times its size */
    public JsonWalk(Document document, int itemBytes, List<Level> levels, Visitor visitor) throws IOException {
        this.document = document;
        this.itemBytes = itemBytes;
        this.levels = levels;
        this.visitor = visitor;
        byte[] begin = document.copy(0, Math.min(ByteOrderMark.BYTES, document.length()));
        int from = ByteOrderMark.skip(begin, 0, begin.length);
        this.check = new DocumentCheck(document, from, JSON, notAnObject());
        read(from, document.length());
    }

    private String notAnObject() {
        return "not a JSON object; expected is " + visitor.shape();
    }

    private void read(int from, int to) throws IOException {
        parts.push(new Part(JSON.createParser(document.stream(from, to)), from));
    }

    @Override
    public boolean step() throws IOException {
        if (check != null) {
            check = check.step() ? check : null;
            return true;
        }
        JsonParser json = parts.element().json();
        JsonToken token = json.nextToken();
        Group group = groups.peek();
        if (group == null) {
            return atTop(token);
        }
        if (token == null) {
            throw new IOException("cut off");
        }
        if (skipping > 0) {
            skip(json, token, group);
        } else if (group.inItems) {
            item(json, token, group);
        } else if (token == JsonToken.FIELD_NAME) {
            field(json, group);
        } else {
            end(group);
        }
        return true;
    }

    private boolean atTop(@Nullable JsonToken token) throws IOException {
        if (token == null && begun) {
            refuseUnknownShape();
            return false;
        }
        if (token == JsonToken.START_OBJECT) {
            begin(new Group(0, false, true));
        } else if (token == JsonToken.START_ARRAY && !inArray) {
            inArray = true;
        } else if (token == JsonToken.END_ARRAY) {
            inArray = false;
        } else {
            throw new IOException(notAnObject());
        }
        begun = true;
        return true;
    }

    private void refuseUnknownShape() throws IOException {
        String name = unknown != null ? unknown : shaped ? null : outermost;
        if (name != null && !found) {
            String shown = name.length() <= MAX_NAME_LENGTH ? name : name.substring(0, MAX_NAME_LENGTH) + "…";
            throw new IOException("nothing to store was found, and the field " + shown + " is unknown; expected is "
                    + visitor.shape());
        }
    }

    private void begin(Group group) {
        visitor.begin(group.level);
        group.headed = levels.get(group.level).header().isEmpty();
        groups.push(group);
    }

    private void item(JsonParser json, JsonToken token, Group group) throws IOException {
        if (token == JsonToken.END_ARRAY) {
            group.inItems = false;
            endEarly(json, group);
        } else if (isLast(group)) {
            record(json);
        } else if (token == JsonToken.START_OBJECT) {
            begin(new Group(group.level + 1, false, false));
        } else if (token != JsonToken.VALUE_NULL) {
            misplaced("an element of " + levels.get(group.level).items().get(0) + " must be an object");
            skipValue(token);
        }
    }

    private boolean isLast(Group group) {
        return group.level == levels.size() - 1;
    }

    private void record(JsonParser json) throws IOException {
        found = true;
        // In a document that is no longer than one item may be, no item is too long.
        if (document.length() > itemBytes && length(json, itemBytes) > itemBytes) {
            visitor.itemTooLong();
            json.skipChildren();
        } else {
            visitor.item(json);
        }
    }

    private void misplaced(String reason) {
        found = true;
        visitor.misplaced(reason);
    }

    private void endEarly(JsonParser json, Group group) throws IOException {
        if (group.inEarly) {
            group.inEarly = false;
            json.close();
            parts.pop();
            end(group); // the object had ended before its early items were read
        }
    }

    private void field(JsonParser json, Group group) throws IOException {
        String name = FieldNames.camel(json.currentName());
        JsonToken value = json.nextToken();
        if (value == null) {
            throw new IOException("cut off");
        }
        Group owner = owner(group, name);
        if (owner == null) {
            other(value, group, name);
        } else if (levels.get(owner.level).items().contains(name)) {
            items(json, value, owner);
        } else if (value == JsonToken.VALUE_NULL) {
            owner.unset = true; // another header, or none, may follow
        } else {
            header(json, owner);
        }
    }

    /** The group whose level has the field: this one, or one that the field implies; null without any. */
    private @Nullable Group owner(Group group, String name) {
        if (levels.get(group.level).has(name)) {
            return group;
        }
        if (group.implied && group.early.isEmpty() && isOf(name, 0, group.level)) {
            groups.pop();
            return owner(groups.element(), name);
        }
        if (!(group.headed || group.unset) || !isOf(name, group.level + 1, levels.size())) {
            return null;
        }
        Group inner = group;
        while (!levels.get(inner.level).has(name)) {
            inner = new Group(inner.level + 1, true, group.outermost);
            begin(inner);
        }
        return inner;
    }

    private boolean isOf(String name, int from, int to) {
        for (int level = from; level < to; level++) {
            if (levels.get(level).has(name)) {
                return true;
            }
        }
        return false;
    }

    private void header(JsonParser json, Group group) throws IOException {
        int length = length(json, MAX_SHARED_BYTES);
        if (length > MAX_SHARED_BYTES) {
            visitor.headerTooLong(group.level);
        } else {
            visitor.header(group.level, json, length);
        }
        json.skipChildren();
        group.headed = true;
    }

    private void items(JsonParser json, JsonToken value, Group group) throws IOException {
        Level level = levels.get(group.level);
        shaped |= group.outermost;
        if (!value.isStructStart()) {
            if (value != JsonToken.VALUE_NULL) {
                misplaced(level.items().get(0) + " must be an array");
            }
        } else if (group.headed) {
            enterItems(json, value, group);
        } else if (group.early.size() == MAX_EARLY) {
            throw new IOException(level.items().get(0) + " comes more than " + MAX_EARLY + " times before "
                    + level.header().get(0));
        } else {
            earlyFrom =
                    parts.element().from() + (int) json.currentTokenLocation().getByteOffset();
            skipValue(value);
        }
    }

    /** An array of items, or one item in place of an array. */
    private void enterItems(JsonParser json, JsonToken value, Group group) throws IOException {
        if (value == JsonToken.START_ARRAY) {
            group.inItems = true;
        } else if (isLast(group)) {
            record(json);
            endEarly(json, group);
        } else {
            begin(new Group(group.level + 1, false, false));
        }
    }

    /** Skips a field that the object on this level does not have. */
    private void other(JsonToken value, Group group, String name) {
        if (value.isStructStart()
                && levels.stream().anyMatch(level -> level.items().contains(name))) {
            misplaced(name + " is in the wrong place; expected is " + visitor.shape());
        } else if (!group.outermost) {
            unknown = unknown == null && value.isStructStart() ? name : unknown;
        } else if (outermost == null && value != JsonToken.VALUE_NULL) {
            outermost = name;
        }
        skipValue(value);
    }

    /** Length of the value at the parser, in bytes; {@code most} plus one when it is longer than {@code most}. */
    private int length(JsonParser json, int most) {
        int from = parts.element().from() + (int) json.currentTokenLocation().getByteOffset();
        int end = (int) Math.min(document.length(), from + (long) most + 1);
        int depth = 0;
        boolean inString = false;
        for (int at = from; at < end; at++) {
            byte b = document.at(at);
            if (inString) {
                if (b == '\\') {
                    at++;
                } else {
                    inString = b != '"';
                }
            } else if (b == '"') {
                inString = true;
            } else if (b == '{' || b == '[') {
                depth++;
            } else if (b == '}' || b == ']') {
                depth--;
            }
            if (depth <= 0 && !inString) {
                return at + 1 - from; // for a number or word only the first byte, because they are short
            }
        }
        return end - from;
    }

    private void skipValue(JsonToken value) {
        if (value.isStructStart()) {
            skipping = 1;
        }
    }

    private void skip(JsonParser json, JsonToken token, Group group) {
        if (token.isStructStart()) {
            skipping++;
        } else if (token.isStructEnd() && --skipping == 0 && earlyFrom >= 0) {
            int to = parts.element().from() + (int) json.currentLocation().getByteOffset();
            group.early.add(new Early(earlyFrom, to));
            earlyFrom = -1;
        }
    }

    /** An object has ended; its early items are read now. */
    private void end(Group group) throws IOException {
        Early early = group.early.poll();
        if (early != null) {
            read(early.from(), early.to());
            JsonParser json = parts.element().json();
            group.inEarly = true;
            enterItems(json, json.nextToken(), group);
            return;
        }
        groups.pop();
        Group outer = groups.peek();
        if (outer == null) {
            return;
        }
        if (group.implied) {
            end(outer);
        } else if (!outer.inItems) {
            endEarly(parts.element().json(), outer); // the object that ended was in the place of an array
        }
    }
}
