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

    /** What separates lines, and how long the body may be. */
    public enum Shape {
        /** Newlines; the body may be endless. */
        LINES,
        /** As {@link #LINES}, but a body of which no line is stored is an error. */
        TEXT,
        /** JSON values may be separated by anything; the body may be endless. */
        JSON_VALUES,
        /** As {@link #JSON_VALUES}, but the body must have at least one value or an array, and has a limit. */
        JSON_DOCUMENT,
        /** MessagePack values, which follow each other; the body may be endless. */
        MSGPACK
    }

    /** Whether a body with lines is an error when none of them is stored. */
    boolean needsAValidLine() {
        return shape != Shape.LINES;
    }
}
