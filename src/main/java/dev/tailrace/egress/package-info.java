/**
 * Serves live streams and their formats; history and the foreign protocols have rooms inside it. A stream is a {@link
 * dev.tailrace.egress.LiveStream}, and its transport a {@link dev.tailrace.egress.PeerSocket}.
 */
@NullMarked
package dev.tailrace.egress;

import org.jspecify.annotations.NullMarked;
