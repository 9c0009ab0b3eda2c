package dev.tailrace.cli.bench;

/**
 * What a run found.
 *
 * @param start before the first connection
 * @param from when the measurement began
 * @param to when it ended
 * @param end after the last connection
 * @param maxServerRss the most that was seen once a second, or 0
 */
record Outcome(Plan plan, Tally tally, Moment start, Moment from, Moment to, Moment end, long maxServerRss) {}
