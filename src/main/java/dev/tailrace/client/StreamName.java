package dev.tailrace.client;

/** The stream that a line was written to, by its name in the protocol. */
public enum StreamName {
    stdout,
    stderr
}
