package dev.tailrace.ingest;

/** The name under which appends are sent that can be told from their repetition, and the number of the last. */
final class Writer {

    private final String name;
    private long seq;

    Writer(String name) {
        this.name = name;
    }

    String name() {
        return name;
    }

    long nextSeq() {
        return ++seq;
    }
}
