/** Builds the rooms and listens: the only place that wires. */
@NullMarked
package dev.tailrace.server;

import org.jspecify.annotations.NullMarked;
