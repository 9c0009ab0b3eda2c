/** The ports of the broker: TLS, HTTP/2 and their limits, over real sockets. */
@NullMarked
package dev.tailrace.server;

import org.jspecify.annotations.NullMarked;
