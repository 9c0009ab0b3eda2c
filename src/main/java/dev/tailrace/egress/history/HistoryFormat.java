package dev.tailrace.egress.history;

import dev.tailrace.egress.EntryJson;
import dev.tailrace.egress.Query;
import dev.tailrace.http.Problem;
import dev.tailrace.model.Entry;
import dev.tailrace.model.Line;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import org.jspecify.annotations.Nullable;

/**
 * The forms of history: JSON, NDJSON and text.
 *
 * @param zone of the times in text
 */
public record HistoryFormat(Kind kind, ZoneId zone) {

    enum Kind {
        JSON("application/json", ".json"),
        NDJSON("application/x-ndjson; charset=utf-8", ".ndjson"),
        TEXT("text/plain; charset=utf-8", ".log");

        private final String contentType;
        private final String extension;

        Kind(String contentType, String extension) {
            this.contentType = contentType;
            this.extension = extension;
        }
    }

    /** Appends entries one after another; one writer per response. */
    public interface Writer {
        void entry(Buffer out, String epoch, long offset, byte[] bytes, int start, int end);

        /** The bytes for the entries of one page. */
        default Buffer packed(Buffer page) {
            return page;
        }

        /** The bytes after the last entry. */
        default Buffer end() {
            return Buffer.buffer();
        }
    }

    /** By {@code format=json|ndjson|text}, else by Accept, else JSON. */
    static HistoryFormat of(HttpServerRequest request, Query query) {
        ZoneId zone = query.zone("tz");
        String wanted = query.text("format");
        if (wanted == null) {
            return new HistoryFormat(byAccept(request.getHeader("Accept")), zone);
        }
        Kind kind = switch (wanted) {
            case "json" -> Kind.JSON;
            case "ndjson" -> Kind.NDJSON;
            case "text" -> Kind.TEXT;
            default -> throw Problem.badParameter("format", "must be json, ndjson or text");
        };
        return new HistoryFormat(kind, zone);
    }

    private static Kind byAccept(@Nullable String accept) {
        if (accept == null) {
            return Kind.JSON;
        }
        return accept.contains("ndjson") ? Kind.NDJSON : accept.contains("text/plain") ? Kind.TEXT : Kind.JSON;
    }

    String contentType() {
        return kind.contentType;
    }

    String extension() {
        return kind.extension;
    }

    Writer writer() {
        return switch (kind) {
            case JSON -> new JsonArray();
            case NDJSON -> new EntryJson.Ndjson(null)::append;
            case TEXT -> new Text(zone);
        };
    }

    private static final class JsonArray implements Writer {
        private boolean any;

        @Override
        public void entry(Buffer out, String epoch, long offset, byte[] bytes, int start, int end) {
            out.appendString(any ? ",\n" : "[");
            any = true;
            EntryJson.object(out, null, epoch, offset, bytes, start, end);
        }

        @Override
        public Buffer end() {
            return Buffer.buffer(any ? "]\n" : "[]\n");
        }
    }

    /**
     * {@code 2026-11-22T15:04:05.123+01:00 main stderr warn message}; the words in the middle only where they are
     * known.
     */
    private static final class Text implements Writer {
        private final DateTimeFormatter time;

        Text(ZoneId zone) {
            time = new DateTimeFormatterBuilder()
                    .appendPattern("uuuu-MM-dd'T'HH:mm:ss.SSSXXX")
                    .toFormatter()
                    .withZone(zone);
        }

        @Override
        public void entry(Buffer out, String epoch, long offset, byte[] bytes, int start, int end) {
            Entry entry;
            try {
                entry = Entry.read(bytes, start, end);
            } catch (IllegalArgumentException notAnEntry) {
                return;
            }
            Line line = entry.line();
            Long timestamp = line.timestamp();
            out.appendString(time.format(Instant.ofEpochMilli(timestamp == null ? entry.receivedAt() : timestamp)));
            word(out, line.service());
            word(out, line.system() ? "system" : null);
            word(out, line.stderr() ? "stderr" : null);
            word(out, line.level());
            word(out, line.message());
            out.appendByte((byte) '\n');
        }

        private static void word(Buffer out, @Nullable String word) {
            if (word != null) {
                out.appendByte((byte) ' ').appendString(word);
            }
        }
    }
}
