/** The meters and their names; the only room that knows Micrometer. */
@NullMarked
package dev.tailrace.metrics;

import org.jspecify.annotations.NullMarked;
