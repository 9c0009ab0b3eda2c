/**
 * Bodies of requests: {@code BodyReader}, through which every way in reads them, and their decompression. It has the
 * limits, outcomes and responses that bodies share, and {@code Document}, which holds a body that must be whole before
 * it is read.
 */
@NullMarked
package dev.tailrace.ingest.body;

import org.jspecify.annotations.NullMarked;
