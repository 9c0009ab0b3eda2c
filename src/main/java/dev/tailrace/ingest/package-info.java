/**
 * One small class per way in, all ending in one {@code LineSink}, which turns a sender's lines into appends and its own
 * fullness into the sender's back-pressure.
 */
@NullMarked
package dev.tailrace.ingest;

import org.jspecify.annotations.NullMarked;
