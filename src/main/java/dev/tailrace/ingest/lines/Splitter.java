package dev.tailrace.ingest.lines;

/** Finds the lines in a sender's bytes. */
public interface Splitter {

    /** Takes the next piece. Lines are handed over before this returns, and share the array. */
    void feed(byte[] bytes, int from, int to);

    /** Ends the input; the unfinished line is handed over. */
    void end();

    /** Takes the last piece, and ends the input. */
    default void end(byte[] bytes, int from, int to) {
        feed(bytes, from, to);
        end();
    }

    /** Nothing more is fed; releases the memory that is held. */
    void close();

    /** Takes the lines. */
    interface Lines {
        /** One line, without its line end; valid during the call. */
        void line(byte[] bytes, int from, int to);

        /** A line over the limit was skipped. */
        void tooLong();

        /** A line was skipped because the budget has no room for it. */
        default void noRoom() {
            tooLong();
        }

        /** Bytes were skipped that are no line, but the rest of one whose length was announced wrongly. */
        default void stray() {
            tooLong();
        }

        /** The input does not have the form that it claims; nothing more is read. */
        void broken(String reason);
    }
}
