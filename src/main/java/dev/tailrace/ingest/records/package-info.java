/**
 * Documents of records of many devices, which OTLP and Loki have in common: reading JSON and Protocol Buffers record by
 * record, and mapping attributes or labels to devices, services and levels. {@code RecordsPost} completes when all
 * lines are stored.
 */
@NullMarked
package dev.tailrace.ingest.records;

import org.jspecify.annotations.NullMarked;
