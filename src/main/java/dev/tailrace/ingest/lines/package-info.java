/**
 * Lines in Tailrace's own form, over a WebSocket or in a request body: as ndjson, as text, or as a JSON array. The
 * splitters and the parsers of lines are also used by the other rooms of {@code ingest}.
 */
@NullMarked
package dev.tailrace.ingest.lines;

import org.jspecify.annotations.NullMarked;
