/** The promises, end to end: real sockets, a real Redis, and faults made for real. */
@NullMarked
package dev.tailrace.e2e;

import org.jspecify.annotations.NullMarked;
