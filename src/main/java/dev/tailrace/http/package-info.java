/**
 * What all rooms that answer over HTTP share: the table of routes, problems (RFC 9457), small JSON bodies, and the close of a connection
 * whose sender has not finished. It also limits heads, bodies and connections; it knows no devices and no storage.
 */
@NullMarked
package dev.tailrace.http;

import org.jspecify.annotations.NullMarked;
