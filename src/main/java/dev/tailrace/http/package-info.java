/**
 * What every room that answers over HTTP shares: problems (RFC 9457), limits of heads and bodies, and the close of a connection
 * whose sender has not finished. It knows no route and no device.
 */
@NullMarked
package dev.tailrace.http;

import org.jspecify.annotations.NullMarked;
