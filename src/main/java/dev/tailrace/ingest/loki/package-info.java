/**
 * The writing half of Loki's API is {@code POST /loki/api/v1/push}, in Protocol Buffers and in JSON. The reading half
 * is in {@code egress.loki}.
 */
@NullMarked
package dev.tailrace.ingest.loki;

import org.jspecify.annotations.NullMarked;
