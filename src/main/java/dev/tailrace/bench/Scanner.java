package dev.tailrace.bench;

/** Finds events in the bytes of a stream. */
interface Scanner {

    /** Reads the complete events of {@code bytes[from, to)} and returns where the incomplete one begins. */
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

    /** Reads the event that begins at {@code from} and returns its end, or -1 when it is incomplete. */
    int next(byte[] bytes, int from, int to);

    /** What was found. */
    interface Events {
        void entry(long offset, long line, long sentNanos);

        /** An id without data: the place where the stream begins, or its current place. */
        void place(long offset);

        /** An event with a name. */
        void named(String name, String data);

        /** An entry that is not a line of this run. */
        void foreign(long offset);
    }
}
