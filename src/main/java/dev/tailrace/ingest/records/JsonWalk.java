package dev.tailrace.ingest.records;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tailrace.ingest.body.Document;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Walks a JSON document of groups within groups, such as resources of scopes of records: an object on each level has a header
 * and an array of items, and those of the last level are what is wanted. A little at a time, and whatever the order of the
 * fields: items that come before their header are passed over and read after it.
 */
public final class JsonWalk implements Records {

    /** FieldMapping are whatever senders choose, nothing to keep. */
    private static final JsonFactory JSON = new JsonFactoryBuilder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CHARSET_DETECTION)
            .build();

    /**
     * The fields of the object on one level.
     *
     * @param header empty when it has none
     */
    public record Level(String header, String items) {}

    /** Who is told; each reads the value that the parser is at, or leaves it. */
    public interface Visitor {
        /** An object on this level begins; its header, if it has any, comes before its items. */
        void begin(int level);

        /** @param bytes as sent, at most {@link Records#MAX_SHARED_BYTES} */
        void header(int level, JsonParser json, int bytes) throws IOException;

        /** In place of a header that is longer than that, which the visitor is to leave. */
        void headerTooLong(int level);

        void item(JsonParser json) throws IOException;

        /** In place of an item that is longer than it may be. */
        void itemTooLong();
    }

    /** A parser of a part of the document. */
    private record Part(JsonParser json, int from) {}

    /** Where items lie that came too early. */
    private record Early(int from, int to) {}

    /** An object that is being read. */
    private static final class Group {
        final Deque<Early> early = new ArrayDeque<>(0);
        boolean headed;
        boolean inItems;
        boolean inEarly;
    }

    /** Arrays of items that come before their header, of one object. */
    private static final int MAX_EARLY = 64;

    private final Document document;
    private final int itemBytes;
    private final List<Level> levels;
    private final Visitor visitor;
    private final Deque<Part> parts = new ArrayDeque<>();
    private final Deque<Group> groups = new ArrayDeque<>();
    private boolean begun;
    private int skipping; // how deep within a value that is passed over
    private int earlyFrom = -1;

    /** @param itemBytes a longer item is passed over, or its objects would take many times its size */
    public JsonWalk(Document document, int itemBytes, List<Level> levels, Visitor visitor) throws IOException {
        this.document = document;
        this.itemBytes = itemBytes;
        this.levels = levels;
        this.visitor = visitor;
        read(withoutByteOrderMark(document), document.length());
    }

    private static int withoutByteOrderMark(Document document) {
        boolean marked = document.length() >= 3
                && document.at(0) == (byte) 0xEF
                && document.at(1) == (byte) 0xBB
                && document.at(2) == (byte) 0xBF;
        return marked ? 3 : 0;
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
            // Of a document that is no longer than an item may be, none is.
            if (document.length() > itemBytes && length(json, itemBytes) > itemBytes) {
                visitor.itemTooLong();
                json.skipChildren();
            } else {
                visitor.item(json);
            }
        } else if (token == JsonToken.START_OBJECT) {
            begin();
        } else {
            passOver(token);
        }
    }

    private void endItems(JsonParser json, Group group) throws IOException {
        group.inItems = false;
        if (group.inEarly) {
            group.inEarly = false;
            json.close();
            parts.pop();
            end(group); // it had ended when these were turned back to
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
                passOver(value);
            }
        } else {
            passOver(value);
        }
    }

    /** How long the value is that the parser has come to, in bytes; it does not look beyond {@code most}. */
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
                return at + 1 - from; // of a number or word only the first byte, as those are short
            }
        }
        return end - from;
    }

    private void passOver(JsonToken value) {
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

    /** An object has ended, but what came too early in it is still to be read. */
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
