/** The reading half of balena's device API: stored logs and live ones. The writing half is {@code ingest.balena}. */
@NullMarked
package dev.tailrace.egress.balena;

import org.jspecify.annotations.NullMarked;
