/**
 * Reads and writes what travels as bytes: the JSON of a line and of a stored entry, UTF-8, numbers. Plain Java, without a buffer of a
 * network library, so that every room may use it.
 */
@NullMarked
package dev.tailrace.model.codec;

import org.jspecify.annotations.NullMarked;
