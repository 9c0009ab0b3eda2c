/**
 * The services that all ways in share: rate limits, budgets, the registry of senders, and {@code LineSink}, which turns
 * a sender's lines into appends and its own fullness into back-pressure. The ways in are in the rooms below, one for
 * each protocol.
 */
@NullMarked
package dev.tailrace.ingest;

import org.jspecify.annotations.NullMarked;
