package dev.tailrace.ingest.lines;

import dev.tailrace.ingest.LineSink;
import java.util.function.Function;

/**
 * How lines are laid out in a body.
 *
 * @param onUnavailable what happens to lines while storage is unavailable
 * @param reader makes the reader of a body's lines
 */
public record LineFormat(Shape shape, LineSink.OnUnavailable onUnavailable, Function<LineSink, LineReader> reader) {

    /** What separates lines. */
    public enum Shape {
        /** Newlines; the body may be endless. */
        LINES,
        /** The commas of a JSON array; the body has a limit. */
        ARRAY
    }
}
