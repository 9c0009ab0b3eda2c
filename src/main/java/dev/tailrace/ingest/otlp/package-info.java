/**
 * OTLP/HTTP, version 1, logs only, in Protocol Buffers and in JSON. The rules of what becomes which field are in
 * {@code docs/SENDING.md}.
 */
@NullMarked
package dev.tailrace.ingest.otlp;

import org.jspecify.annotations.NullMarked;
