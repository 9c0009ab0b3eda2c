/**
 * The reading half of Loki's API: queries over a range, labels, and the live tail. The writing half is {@code
 * ingest.loki}.
 */
@NullMarked
package dev.tailrace.egress.loki;

import org.jspecify.annotations.NullMarked;
