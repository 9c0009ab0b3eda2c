package dev.tailrace.ingest.body;

/**
 * A line of a body that was rejected.
 *
 * @param line its number in the body, counted from 1
 * @param reason for the sender
 */
public record LineError(long line, String reason) {}
