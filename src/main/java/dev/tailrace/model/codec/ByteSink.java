package dev.tailrace.model.codec;

/** A buffer that grows with the bytes that are appended to it. */
public interface ByteSink {

    /** @param b its low eight bits are appended */
    ByteSink append(int b);

    ByteSink append(byte[] bytes, int from, int to);

    /** Appends {@code text[from, to)}, whose characters are ASCII. */
    ByteSink appendAscii(String text, int from, int to);
}
