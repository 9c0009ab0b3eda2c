package dev.tailrace.auth;

/** A long stream's hold on its caller's identity; given back when the stream ends. */
public interface Lease {

    /** Of those whose identity never ends. */
    Lease ENDLESS = () -> {};

    /** Why a stream must end before its caller wants. */
    enum End {
        EXPIRED("credential expired"),
        REVOKED("credential revoked");

        private final String reason;

        End(String reason) {
            this.reason = reason;
        }

        /** As in a {@code bye}, a close frame or an answer. */
        public String reason() {
            return reason;
        }
    }

    /** The stream has ended; harmless when called twice. */
    void release();
}
