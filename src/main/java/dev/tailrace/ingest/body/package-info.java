/**
 * Bodies of requests before they are lines: their compression, their limits, and documents that have to be whole before they are read.
 */
@NullMarked
package dev.tailrace.ingest.body;

import org.jspecify.annotations.NullMarked;
