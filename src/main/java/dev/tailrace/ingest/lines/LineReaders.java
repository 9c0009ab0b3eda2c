package dev.tailrace.ingest.lines;

import dev.tailrace.ingest.LineSink;
import dev.tailrace.model.FastLine;

/**
 * Makes the readers of one event loop. They share their parsers: a line is read, stored in a batch and forgotten before the next one is
 * read, whatever connection that comes from.
 */
public final class LineReaders {

    private final int lineBytes;
    private final FastLine usualLine = new FastLine();
    private final LineParser parser = new LineParser();

    /** @param lineBytes the longest line that is accepted */
    public LineReaders(int lineBytes) {
        this.lineBytes = lineBytes;
    }

    /** Reads lines that are JSON objects in Tailrace's form. */
    LineReader json(LineSink sink) {
        return LineReader.ofJson(sink, lineBytes, usualLine, parser);
    }

    /** Reads lines that are messages as they stand. */
    LineReader text(LineSink sink) {
        return LineReader.ofText(sink, lineBytes);
    }
}
