package dev.tailrace.client;

/**
 * A line with the number that makes sending it twice harmless.
 *
 * @param seq ascending without holes, from 1
 * @param json as it is sent, UTF-8, without its newline
 * @param inputLine which line of the input it was, from 1
 * @param inputEnd bytes of the input up to and with this line
 */
public record NumberedLine(long seq, byte[] json, long inputLine, long inputEnd) {}
