package dev.tailrace.ingest;

/** A name and a sequence number for appends, by which storage recognizes an append that is sent again. */
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
