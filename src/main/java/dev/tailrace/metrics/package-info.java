/**
 * The metrics of a broker and their names. It is the only room that knows Micrometer, and it logs nothing.
 */
@NullMarked
package dev.tailrace.metrics;

import org.jspecify.annotations.NullMarked;
