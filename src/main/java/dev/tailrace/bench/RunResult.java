package dev.tailrace.bench;

/**
 * The result of a run.
 *
 * @param start before the first connection
 * @param from when the measurement began
 * @param to when it ended
 * @param end after the last connection
 * @param maxServerRss the maximum of one sample a second, or 0
 */
record RunResult(Plan plan, Tally tally, Sample start, Sample from, Sample to, Sample end, long maxServerRss) {}
