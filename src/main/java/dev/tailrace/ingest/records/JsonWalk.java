package dev.tailrace.ingest.records;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tailrace.ingest.ByteOrderMark;
import dev.tailrace.ingest.body.Document;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a JSON document of nested groups, such as resources of scopes of records, step by step. An object on each level
 * has a header and an array of items, and the items of the last level are the records. Fields may come in any order:
 * items that come before their header are skipped, and read after it.
 */
public final class JsonWalk implements Records {

    /** Field names are not interned, because senders choose them. */
    private static final JsonFactory JSON = new JsonFactoryBuilder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CHARSET_DETECTION)
            .build();

    /**
     * The fields of the object on one level.
     *
     * @param header name of its header, empty without one
     * @param items name of its array of items
     */
    public record Level(String header, String items) {}

    /** Takes what is found. Each method reads the value at the parser, or leaves it. */
    public interface Visitor {
        /** An object on this level begins. Its header, if any, comes before its items. */
        void begin(int level);

        /** @param bytes as sent, at most {@link Records#MAX_SHARED_BYTES} */
        void header(int level, JsonParser json, int bytes) throws IOException;

        /** A header was longer than that, and is skipped. */
        void headerTooLong(int level);

        void item(JsonParser json) throws IOException;

        /** An item was too long, and is skipped. */
        void itemTooLong();
    }

    /** A parser of a part of the document. */
    private record Part(JsonParser json, int from) {}

    /** The position of items that came before their header. */
    private record Early(int from, int to) {}

    /** An object that is being read. */
    private static final class Group {
        final Deque<Early> early = new ArrayDeque<>(0);
        boolean headed;
        boolean inItems;
        boolean inEarly;
    }

    /** Most arrays of items before the header of one object. */
    private static final int MAX_EARLY = 64;

    private final Document document;
    private final int itemBytes;
    private final List<Level> levels;
    private final Visitor visitor;
    private final Deque<Part> parts = new ArrayDeque<>();
    private final Deque<Group> groups = new ArrayDeque<>();
    private boolean begun;
    private int skipping; // depth within a value that is skipped
    private int earlyFrom = -1;

    /** @param itemBytes a longer item is skipped, because its objects would take many times its size */
    public JsonWalk(Document document, int itemBytes, List<Level> levels, Visitor visitor) throws IOException {
        this.document = document;
        this.itemBytes = itemBytes;
        this.levels = levels;
        this.visitor = visitor;
        byte[] begin = document.copy(0, Math.min(ByteOrderMark.BYTES, document.length()));
        read(ByteOrderMark.skip(begin, 0, begin.length), document.length());
    }

    private void read(int from, int to) throws IOException {
        parts.push(new Part(JSON.createParser(document.stream(from, to)), from));
    }

    @Override
    public boolean step() throws IOException {
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
        if (!begun && token == JsonToken.START_OBJECT) {
            begun = true;
            begin();
            return true;
        }
        if (!begun || token != null) {
            throw new IOException("not one JSON object");
        }
        return false;
    }

    private void begin() {
        Group group = new Group();
        visitor.begin(groups.size());
        group.headed = levels.get(groups.size()).header().isEmpty();
        groups.push(group);
    }

    private void item(JsonParser json, JsonToken token, Group group) throws IOException {
        if (token == JsonToken.END_ARRAY) {
            endItems(json, group);
        } else if (groups.size() == levels.size()) {
            // In a document that is no longer than one item may be, no item is too long.
            if (document.length() > itemBytes && length(json, itemBytes) > itemBytes) {
                visitor.itemTooLong();
                json.skipChildren();
            } else {
                visitor.item(json);
            }
        } else if (token == JsonToken.START_OBJECT) {
            begin();
        } else {
            skipValue(token);
        }
    }

    private void endItems(JsonParser json, Group group) throws IOException {
        group.inItems = false;
        if (group.inEarly) {
            group.inEarly = false;
            json.close();
            parts.pop();
            end(group); // the object had ended before its early items were read
        }
    }

    private void field(JsonParser json, Group group) throws IOException {
        int depth = groups.size() - 1;
        Level level = levels.get(depth);
        String name = json.currentName();
        JsonToken value = json.nextToken();
        if (value == null) {
            throw new IOException("cut off");
        }
        if (!name.isEmpty() && name.equals(level.header())) {
            int length = length(json, MAX_SHARED_BYTES);
            if (length > MAX_SHARED_BYTES) {
                visitor.headerTooLong(depth);
            } else {
                visitor.header(depth, json, length);
            }
            json.skipChildren();
            group.headed = true;
        } else if (name.equals(level.items()) && value == JsonToken.START_ARRAY) {
            if (group.headed) {
                group.inItems = true;
            } else if (group.early.size() == MAX_EARLY) {
                throw new IOException(
                        level.items() + " comes more than " + MAX_EARLY + " times before " + level.header());
            } else {
                earlyFrom = parts.element().from()
                        + (int) json.currentTokenLocation().getByteOffset();
                skipValue(value);
            }
        } else {
            skipValue(value);
        }
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
        if (early == null) {
            groups.pop();
            return;
        }
        read(early.from(), early.to());
        parts.element().json().nextToken(); // the array's beginning
        group.inEarly = true;
        group.inItems = true;
    }
}
