package dev.tailrace.ingest.records;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tailrace.ingest.body.Document;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Checks, step by step, a body in which several JSON documents follow each other or are in an array, before any of them
 * is stored: when a later one was found to be cut off, the first would be stored already, and its sender would send it
 * again. In a body with one document, which is the usual one, only braces are looked for.
 */
public final class DocumentCheck {

    private static final int BYTES_PER_STEP = 4096;
    private static final int TOKENS_PER_STEP = 64;

    private final Document body;
    private final JsonFactory factory;
    private final int from;
    private final @Nullable String notAnObject;

    // Of the search for a sign of a second document.
    private boolean isSuspect;
    private int segment;
    private int offset; // of the segment

    // Of the first document, when there is such a sign.
    private int at;
    private int open; // objects and arrays
    private boolean inText;
    private boolean hasFirst;

    // Of all documents, once there is more than one.
    private @Nullable JsonParser json;
    private int depth; // within a document
    private boolean inArray; // of documents

    /**
     * @param from where the first document begins, or blanks before it
     * @param notAnObject why a document that is no object is refused, or null when it is not
     */
    public DocumentCheck(Document body, int from, JsonFactory factory, @Nullable String notAnObject) {
        this.body = body;
        this.from = from;
        this.factory = factory;
        this.notAnObject = notAnObject;
        this.at = from;
        this.isSuspect = first() != '{' || last() != '}';
    }

    private int first() {
        int i = from;
        while (i < body.length() && isBlank(body.at(i))) {
            i++;
        }
        return i == body.length() ? -1 : body.at(i);
    }

    private int last() {
        int i = body.length() - 1;
        while (i >= from && isBlank(body.at(i))) {
            i--;
        }
        return i < from ? -1 : body.at(i);
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\n' || b == '\r' || b == '\t';
    }

    /**
     * Checks a part of the body.
     *
     * @return whether there is more to check
     * @throws IOException when a document cannot be read
     */
    public boolean step() throws IOException {
        if (!isSuspect) {
            return look();
        }
        return json == null ? scan() : tokens(json);
    }

    /** Looks through one segment for an object that follows another one without a comma, perhaps within a text. */
    private boolean look() {
        byte[] bytes = body.segments().get(segment++);
        int end = Math.min(bytes.length, body.length() - offset);
        for (int i = 0; i < end; i++) {
            if (bytes[i] == '{' && isAfterObject(offset + i)) {
                isSuspect = true;
                return true;
            }
        }
        offset += end;
        return offset < body.length();
    }

    private boolean isAfterObject(int brace) {
        int i = brace - 1;
        while (i >= from && isBlank(body.at(i))) {
            i--;
        }
        return i >= from && body.at(i) == '}';
    }

    /** Looks for the end of the first document, and for anything after it. */
    private boolean scan() throws IOException {
        int end = Math.min(body.length(), at + BYTES_PER_STEP);
        for (; at < end; at++) {
            byte b = body.at(at);
            if (inText) {
                if (b == '\\') {
                    at++;
                } else {
                    inText = b != '"';
                }
            } else if (open == 0 && isBlank(b)) {
                continue;
            } else if (open == 0 && (hasFirst || b != '{')) {
                json = factory.createParser(body.stream(from, body.length()));
                return true;
            } else if (b == '"') {
                inText = true;
            } else if (b == '{' || b == '[') {
                open++;
                hasFirst = true;
            } else if (b == '}' || b == ']') {
                open--;
            }
        }
        return at < body.length();
    }

    private boolean tokens(JsonParser all) throws IOException {
        for (int i = 0; i < TOKENS_PER_STEP; i++) {
            JsonToken token = all.nextToken();
            if (token == null) {
                if (depth > 0 || inArray) {
                    throw new IOException("cut off");
                }
                return false;
            }
            if (depth > 0) {
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
            } else {
                atTop(token);
            }
        }
        return true;
    }

    private void atTop(JsonToken token) throws IOException {
        if (token == JsonToken.START_ARRAY && !inArray) {
            inArray = true;
        } else if (token == JsonToken.END_ARRAY) {
            inArray = false;
        } else if (token != JsonToken.START_OBJECT && notAnObject != null) {
            throw new IOException(notAnObject);
        } else if (token.isStructStart()) {
            depth = 1;
        }
    }
}
