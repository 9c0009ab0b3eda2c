package dev.tailrace.cli.bench;

/** Finds events in what a stream carries. */
interface Scanner {

    /** Reads the whole events of {@code bytes[from, to)} and returns where the unfinished one begins. */
    int scan(byte[] bytes, int from, int to);

    /** What was found. */
    interface Events {
        void entry(long offset, long line, long sentNanos);

        /** An id without data: where the stream begins, or has come to. */
        void place(long offset);

        /** An event with a name. */
        void named(String name, String data);

        /** An entry that is none of this run's lines. */
        void foreign(long offset);
    }
}
