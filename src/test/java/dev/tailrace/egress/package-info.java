/** Tests of what readers get, over real sockets. */
@NullMarked
package dev.tailrace.egress;

import org.jspecify.annotations.NullMarked;
