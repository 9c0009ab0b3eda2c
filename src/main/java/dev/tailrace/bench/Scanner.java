package dev.tailrace.bench;

/** Finds events in what a stream carries. */
interface Scanner {

    /** Reads the whole events of {@code bytes[from, to)} and returns where the unfinished one begins. */
    default int scan(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to) {
            int end = next(bytes, at, to);
            if (end < 0) {
                return at;
            }
            at = end;
        }
        return at;
    }

    /** Reads what begins at {@code from} and returns its end, or -1 when it is not all here. */
    int next(byte[] bytes, int from, int to);

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
