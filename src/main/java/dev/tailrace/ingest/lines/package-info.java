/**
 * Lines in Tailrace's own form: over a WebSocket, in a POST, one to a line or in a JSON array. The parser of a line is here too.
 */
@NullMarked
package dev.tailrace.ingest.lines;

import org.jspecify.annotations.NullMarked;
