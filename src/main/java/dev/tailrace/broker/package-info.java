/**
 * The performance core: stores what devices send and serves it to subscribers. {@link dev.tailrace.broker.Broker} is the
 * door, one per event loop; a {@code Feed} is one device's live entries on that loop; a {@link
 * dev.tailrace.broker.Cursor} is one subscriber's place in it. The ring is the only queue: a subscriber that cannot take
 * more reads from it later.
 */
@NullMarked
package dev.tailrace.broker;

import org.jspecify.annotations.NullMarked;
