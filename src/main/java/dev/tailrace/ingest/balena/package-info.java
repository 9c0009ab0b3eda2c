/**
 * The writing half of balena's device API: a batch of lines, and a stream of lines. The reading half is {@code egress.balena}.
 */
@NullMarked
package dev.tailrace.ingest.balena;

import org.jspecify.annotations.NullMarked;
