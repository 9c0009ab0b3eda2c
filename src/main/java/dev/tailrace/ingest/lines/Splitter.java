package dev.tailrace.ingest.lines;

/** Finds the lines in a sender's bytes. */
public interface Splitter {

    /** The next piece; lines found are handed over before this returns, and share the array. */
    void feed(byte[] bytes, int from, int to);

    /** The sender has ended what it sent; what is left is a line too. */
    void end();

    /** The last piece, and the end. */
    default void end(byte[] bytes, int from, int to) {
        feed(bytes, from, to);
        end();
    }

    /** Nothing more is fed; gives back what is held. */
    void close();

    /** Who takes the lines. */
    interface Lines {
        /** One line, without its end; valid during the call. */
        void line(byte[] bytes, int from, int to);

        /** A line over the limit was passed over. */
        void tooLong();

        /** A line was passed over because too much waits for the senders of others. */
        default void noRoom() {
            tooLong();
        }

        /** What was sent has not the form it claims; nothing more is read. */
        void broken(String reason);
    }
}
