/**
 * Lines of one device, over a WebSocket or in a request body: as JSON in any layout, as MessagePack, or as text. The
 * splitters, the parsers of lines and the connections of protocols without responses are also used by the other rooms of
 * {@code ingest}.
 */
@NullMarked
package dev.tailrace.ingest.lines;

import org.jspecify.annotations.NullMarked;
