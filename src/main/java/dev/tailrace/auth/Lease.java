package dev.tailrace.auth;

/** A long stream's watch over its caller's identity; released when the stream ends. */
public interface Lease {

    /** For identities that never end. */
    Lease ENDLESS = () -> {};

    /** Why a stream must end. */
    enum End {
        EXPIRED("credential expired"),
        REVOKED("credential revoked");

        private final String reason;

        End(String reason) {
            this.reason = reason;
        }

        /** The text in a {@code bye} event, a close frame or a response. */
        public String reason() {
            return reason;
        }
    }

    /** The stream has ended. Further calls do nothing. */
    void release();
}
