package dev.tailrace.ingest;

import dev.tailrace.metrics.Meters.Rejection;
import dev.tailrace.model.Line;
import dev.tailrace.model.UsualLine;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads the lines that a splitter finds into a sink: as JSON objects, or as plain text. */
final class LineReader implements Splitter.Lines {

    /** Why a line is rejected that the budget has no room for. */
    static final String NO_ROOM = "no room for more unfinished lines; send it again";

    private final LineSink sink;
    private final boolean text;
    private final int lineBytes;
    private final UsualLine usual;
    private final Parser parser;
    private @Nullable String broken;

    /** Reads what is not of the usual shape; holds the last line read. */
    interface Parser {
        /**
         * Reads {@code bytes[start, end)}; invalid UTF-8 is replaced.
         *
         * @return null when {@link #line} has it, else why not, for the sender
         */
        @Nullable
        String parse(byte[] bytes, int start, int end);

        /** The line last read. */
        Line line();

        /**
         * The sequence number of the line last read, {@link LineParser#NO_SEQ} without one; known even of a line that is
         * rejected.
         */
        long seq();
    }

    /** @param text whether a line is the message itself rather than JSON */
    LineReader(Ingest ingest, LineSink sink, boolean text) {
        this(ingest, sink, text, ingest.usualLine(), ingest.lineParser());
    }

    private LineReader(Ingest ingest, LineSink sink, boolean text, UsualLine usual, Parser parser) {
        this.sink = sink;
        this.text = text;
        this.lineBytes = ingest.options().lineBytes();
        this.usual = usual;
        this.parser = parser;
    }

    /** @param strict as in {@link BalenaParser} */
    static LineReader ofBalena(Ingest ingest, LineSink sink, boolean strict) {
        return new LineReader(ingest, sink, false, UsualLine.ofBalena(), new BalenaParser(strict));
    }

    @Override
    public void line(byte[] bytes, int from, int to) {
        if (text) {
            sink.accept(Line.of(new String(bytes, from, to - from, StandardCharsets.UTF_8)), LineParser.NO_SEQ);
            return;
        }
        int start = withoutByteOrderMark(bytes, from, to);
        while (start < to && isSpace(bytes[start])) {
            start++;
        }
        if (start == to) {
            return; // blank lines separate, they say nothing
        }
        if (usual.read(bytes, start, to)) {
            sink.accept(usual, usual.seq());
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
    public void tooLong() {
        sink.reject(Rejection.TOO_LONG, "longer than " + lineBytes + " bytes", LineParser.NO_SEQ);
    }

    @Override
    public void noRoom() {
        sink.reject(Rejection.UNAVAILABLE, NO_ROOM, LineParser.NO_SEQ);
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

    // Some systems begin every text with one, and so every file that they append to another.
    private static int withoutByteOrderMark(byte[] bytes, int from, int to) {
        boolean marked = to - from >= 3
                && bytes[from] == (byte) 0xEF
                && bytes[from + 1] == (byte) 0xBB
                && bytes[from + 2] == (byte) 0xBF;
        return marked ? from + 3 : from;
    }
}
