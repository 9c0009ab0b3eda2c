/**
 * The values that travel through a broker: lines, entries, positions and gaps. They are plain Java, and every room may use them.
 */
@NullMarked
package dev.tailrace.model;

import org.jspecify.annotations.NullMarked;
