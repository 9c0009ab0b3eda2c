package dev.tailrace.ingest.lines;

import dev.tailrace.ingest.LineSink;
import dev.tailrace.model.FastLine;

/**
 * Makes the readers of one event loop. The readers share their parsers, because a line is read and put into a batch
 * before the next one is read, whichever connection it comes from.
 */
public final class LineReaders {

    private final int lineBytes;
    private final FastLine fastLine = new FastLine();
    private final LineParser parser = new LineParser();

    /** @param lineBytes the longest line that is accepted */
    public LineReaders(int lineBytes) {
        this.lineBytes = lineBytes;
    }

    /** Reads lines that are JSON objects in Tailrace's form. */
    LineReader json(LineSink sink) {
        return LineReader.ofJson(sink, lineBytes, fastLine, parser);
    }

    /** Reads lines of plain text: each is a message. */
    LineReader text(LineSink sink) {
        return LineReader.ofText(sink, lineBytes);
    }
}
