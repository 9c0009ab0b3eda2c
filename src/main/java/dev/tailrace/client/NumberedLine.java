package dev.tailrace.client;

/**
 * A line with the number by which a repetition is recognised.
 *
 * @param seq consecutive, from 1
 * @param json as it is sent, UTF-8, without its newline
 * @param inputLine number of the line in the input, from 1
 * @param inputEnd bytes of the input up to and including this line
 */
public record NumberedLine(long seq, byte[] json, long inputLine, long inputEnd) {}
