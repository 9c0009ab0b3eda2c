/** The management surface and its description, over real sockets. */
@NullMarked
package dev.tailrace.api;

import org.jspecify.annotations.NullMarked;
