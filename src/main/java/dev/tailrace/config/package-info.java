/** Everything settable from outside, read once at the start; the only room that reads the environment. */
@NullMarked
package dev.tailrace.config;

import org.jspecify.annotations.NullMarked;
