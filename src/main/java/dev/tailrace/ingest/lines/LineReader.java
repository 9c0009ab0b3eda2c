package dev.tailrace.ingest.lines;

import dev.tailrace.ingest.ByteOrderMark;
import dev.tailrace.ingest.LineSink;
import dev.tailrace.ingest.Rejection;
import dev.tailrace.model.Batch;
import dev.tailrace.model.FastLine;
import dev.tailrace.model.Line;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads the lines that a splitter finds into a sink: as JSON objects, or as plain text. */
public final class LineReader implements JsonSplitter.Values {

    /** Why a line is rejected for which the budget has no room. */
    public static final String NO_ROOM = "no memory left for incomplete lines; resend this one";

    private final LineSink sink;
    private final int lineBytes;
    private final @Nullable FastLine fast; // null for lines of text
    private final @Nullable Parser parser;
    private @Nullable String broken;

    /** Reads lines that do not have the usual shape; holds the last line read. */
    public interface Parser {
        /**
         * Reads {@code bytes[start, end)}; invalid UTF-8 is replaced.
         *
         * @return null when {@link #line} returns the line, else why it is invalid, for the sender
         */
        @Nullable
        String parse(byte[] bytes, int start, int end);

        /** The line last read. */
        Line line();

        /**
         * The sequence number of the line last read, {@link Batch#NO_SEQ} without one. Also known when the line is
         * rejected.
         */
        long seq();

        /** Whether the line last read may be several: an array that begins with a text that is no time. */
        default boolean isDoubtful() {
            return false;
        }
    }

    private LineReader(LineSink sink, int lineBytes, @Nullable FastLine fast, @Nullable Parser parser) {
        this.sink = sink;
        this.lineBytes = lineBytes;
        this.fast = fast;
        this.parser = parser;
    }

    /**
     * Reads lines that are JSON objects.
     *
     * @param lineBytes the longest line that is accepted
     * @param fast reads the lines that have the usual shape
     * @param parser reads all others
     */
    public static LineReader ofJson(LineSink sink, int lineBytes, FastLine fast, Parser parser) {
        return new LineReader(sink, lineBytes, fast, parser);
    }

    /** Reads lines of plain text: each is a message. */
    static LineReader ofText(LineSink sink, int lineBytes) {
        return new LineReader(sink, lineBytes, null, null);
    }

    @Override
    public void line(byte[] bytes, int from, int to) {
        if (fast == null || parser == null) {
            sink.accept(Line.of(new String(bytes, from, to - from, StandardCharsets.UTF_8)), Batch.NO_SEQ);
            return;
        }
        int start = ByteOrderMark.skip(bytes, from, to);
        while (start < to && isSpace(bytes[start])) {
            start++;
        }
        if (start == to) {
            return; // blank lines are separators
        }
        if (fast.read(bytes, start, to)) {
            sink.accept(fast, fast.seq());
            return;
        }
        String reason = parser.parse(bytes, start, to);
        if (reason == null) {
            sink.accept(parser.line(), parser.seq());
        } else {
            sink.reject(Rejection.INVALID, reason, parser.seq());
        }
    }

    @Override
    public boolean take(byte[] bytes, int from, int to) {
        if (fast == null || parser == null) {
            return false;
        }
        if (fast.read(bytes, from, to)) {
            sink.accept(fast, fast.seq());
            return true;
        }
        if (parser.parse(bytes, from, to) != null || parser.isDoubtful()) {
            return false; // the reason is reported when the end of the value is known
        }
        sink.accept(parser.line(), parser.seq());
        return true;
    }

    @Override
    public void unreadable(String reason) {
        sink.reject(Rejection.INVALID, reason, Batch.NO_SEQ);
    }

    @Override
    public void tooLong() {
        sink.reject(Rejection.TOO_LONG, "longer than " + lineBytes + " bytes", Batch.NO_SEQ);
    }

    @Override
    public void noRoom() {
        sink.reject(Rejection.UNAVAILABLE, NO_ROOM, Batch.NO_SEQ);
    }

    @Override
    public void broken(String reason) {
        broken = reason;
    }

    /** Why the rest cannot be read, or null. */
    @Nullable
    String broken() {
        return broken;
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\t' || b == '\r';
    }
}
