/** How the broker is reached: TLS, HTTP/2 and their limits, over real sockets. */
@NullMarked
package dev.tailrace.server;

import org.jspecify.annotations.NullMarked;
