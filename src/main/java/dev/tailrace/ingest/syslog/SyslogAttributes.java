package dev.tailrace.ingest.syslog;

import dev.tailrace.model.Line;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Encodes the fields of a header that are no fields of a line as its attributes. */
final class SyslogAttributes {

    private static final int EMPTY_OBJECT = 2;
    private static final int MAX_PLAIN = 64;

    private SyslogAttributes() {}

    /**
     * The structured data by their ids, and the other fields of the header; without the structured data when they are
     * too long.
     *
     * @return null without any
     */
    static byte @Nullable [] of(SyslogHeader header) {
        boolean hasMore = header.structured != null
                || header.messageId != null
                || header.sequence != null
                || header.node != null
                || header.unreadTime != null;
        if (!hasMore && header.process == null) {
            return null;
        }
        if (!hasMore && isPlain(header.process)) {
            return ("{\"procid\":\"" + header.process + "\"}").getBytes(StandardCharsets.US_ASCII); // the most common
        }
        byte[] all = encode(header, header.structured);
        if (all.length > Line.MAX_ATTRIBUTES_BYTES) {
            all = encode(header, null);
        }
        return all.length > Line.MAX_ATTRIBUTES_BYTES || all.length == EMPTY_OBJECT ? null : all;
    }

    private static boolean isPlain(@Nullable String text) {
        if (text == null || text.length() > MAX_PLAIN) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!Ascii.isDigit(c) && !Ascii.isLetter(c) && c != '-' && c != '.') {
                return false;
            }
        }
        return true;
    }

    private static byte[] encode(SyslogHeader header, @Nullable JsonObject elements) {
        JsonObject all = new JsonObject();
        put(all, "procid", header.process);
        put(all, "msgid", header.messageId);
        put(all, "sequence", header.sequence);
        put(all, "node", header.node);
        put(all, "timestamp", header.unreadTime);
        if (elements != null) {
            all.mergeIn(elements);
        }
        return all.toBuffer().getBytes();
    }

    private static void put(JsonObject all, String name, @Nullable String value) {
        if (value != null) {
            all.put(name, value);
        }
    }
}
