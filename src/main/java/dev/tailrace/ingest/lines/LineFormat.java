package dev.tailrace.ingest.lines;

import dev.tailrace.ingest.LineSink;
import java.util.function.Function;

/**
 * How a body holds its lines.
 *
 * @param onUnavailable what becomes of lines while storage is unavailable
 * @param reader makes the reader of a body's lines
 */
public record LineFormat(Shape shape, LineSink.OnUnavailable onUnavailable, Function<LineSink, LineReader> reader) {

    /** What separates lines. */
    public enum Shape {
        /** A newline; such a body may be endless. */
        LINES,
        /** The commas of a JSON array; such a body has a limit. */
        ARRAY
    }
}
