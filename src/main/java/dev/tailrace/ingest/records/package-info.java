/**
 * What OTLP and Loki have in common: documents of records that name their devices by attributes or labels. It reads JSON and
 * Protocol Buffers, and answers when all sinks have stored what they took.
 */
@NullMarked
package dev.tailrace.ingest.records;

import org.jspecify.annotations.NullMarked;
