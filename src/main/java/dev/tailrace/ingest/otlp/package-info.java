/**
 * The route for logs over OTLP/HTTP, version 1, in Protocol Buffers and in JSON. {@code docs/SENDING.md} documents how
 * the fields are mapped.
 */
@NullMarked
package dev.tailrace.ingest.otlp;

import org.jspecify.annotations.NullMarked;
