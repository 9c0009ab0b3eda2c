/** A device's stored entries, as JSON, NDJSON or text. It reads the ring page by page, at the pace of its reader. */
@NullMarked
package dev.tailrace.egress.history;

import org.jspecify.annotations.NullMarked;
