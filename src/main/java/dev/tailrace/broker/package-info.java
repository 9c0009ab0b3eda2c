/**
 * The performance core: stores what devices send and serves it to subscribers. {@link dev.tailrace.broker.Broker} is
 * its entrance, one per event loop; a {@code Feed} is one device's live entries on that loop, and a {@link
 * dev.tailrace.broker.Cursor} is one subscriber's place in it.
 */
@NullMarked
package dev.tailrace.broker;

import org.jspecify.annotations.NullMarked;
