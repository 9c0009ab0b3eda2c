/**
 * Reads and writes the bytes of what travels: the JSON of lines and stored entries, UTF-8, and numbers. Plain Java,
 * without the buffers of a network library, so that every room may use it.
 */
@NullMarked
package dev.tailrace.model.codec;

import org.jspecify.annotations.NullMarked;
