/** The dashboard in a real browser. */
@NullMarked
package dev.tailrace.dashboard;

import org.jspecify.annotations.NullMarked;
