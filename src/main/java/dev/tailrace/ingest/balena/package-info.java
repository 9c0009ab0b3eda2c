/**
 * The writing half of balena's device API has a batch of lines and an endless stream of lines. The reading half is in
 * {@code egress.balena}.
 */
@NullMarked
package dev.tailrace.ingest.balena;

import org.jspecify.annotations.NullMarked;
