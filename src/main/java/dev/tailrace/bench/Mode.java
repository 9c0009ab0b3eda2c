package dev.tailrace.bench;

/** What is measured. */
enum Mode {
    /** Devices send, readers read. */
    LOAD,
    /** Many readers request whole rings at once. A delivery is a line, a latency the time to the last one. */
    JOIN,
    /** Each reader requests a ring's entries repeatedly. A delivery is an answer. */
    HISTORY,
    /** Connections are open, and nothing is sent. */
    IDLE
}
