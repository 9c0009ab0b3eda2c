/**
 * What the ways in have in common about the fields beside a message: the times that senders write, and the attributes
 * that are kept with a line. It knows values only, and neither HTTP nor the ring.
 */
@NullMarked
package dev.tailrace.ingest.fields;

import org.jspecify.annotations.NullMarked;
