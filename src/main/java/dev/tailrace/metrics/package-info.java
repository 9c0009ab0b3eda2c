/**
 * Registers and exports the metrics of a broker; each room has a class of its own for its metrics. This is the only room that knows
 * Micrometer, and it logs nothing.
 */
@NullMarked
package dev.tailrace.metrics;

import org.jspecify.annotations.NullMarked;
