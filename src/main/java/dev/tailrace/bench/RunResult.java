package dev.tailrace.bench;

/**
 * What a run found.
 *
 * @param start before the first connection
 * @param from when the measurement began
 * @param to when it ended
 * @param end after the last connection
 * @param maxServerRss the most that was seen once a second, or 0
 */
record RunResult(Plan plan, Tally tally, Sample start, Sample from, Sample to, Sample end, long maxServerRss) {}
