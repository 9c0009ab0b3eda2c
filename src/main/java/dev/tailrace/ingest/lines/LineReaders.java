package dev.tailrace.ingest.lines;

import dev.tailrace.ingest.LineSink;
import dev.tailrace.ingest.fields.SentTime;
import dev.tailrace.model.FastLine;

/**
 * Makes the readers of one event loop. The readers share their parsers, because a line is read and put into a batch
 * before the next one is read, whichever connection it comes from.
 */
public final class LineReaders {

    private final int lineBytes;
    private final FastLine fastLine = new FastLine();
    private final LineParser parser;

    /**
     * @param lineBytes the longest line that is accepted
     * @param names of the fields of lines
     * @param times reads their times; of this event loop
     */
    public LineReaders(int lineBytes, LineFields names, SentTime times) {
        this.lineBytes = lineBytes;
        this.parser = new LineParser(names, times);
    }

    /** Reads lines in JSON. */
    LineReader json(LineSink sink) {
        return LineReader.ofJson(sink, lineBytes, fastLine, parser);
    }

    /** Reads lines of plain text: each is a message. */
    LineReader text(LineSink sink) {
        return LineReader.ofText(sink, lineBytes);
    }
}
