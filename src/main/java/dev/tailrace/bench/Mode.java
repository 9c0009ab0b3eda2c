package dev.tailrace.bench;

/** What is measured. */
enum Mode {
    /** Devices send, readers read. */
    LOAD,
    /** Many readers ask for whole rings at once. A delivery is a line, a latency the time to the last one. */
    JOIN,
    /** Each reader asks for a ring's entries again and again. A delivery is an answer. */
    HISTORY,
    /** Connections are there, and nothing is sent. */
    IDLE
}
