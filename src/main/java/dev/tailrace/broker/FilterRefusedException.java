package dev.tailrace.broker;

/** Entries were not filtered, because too many requests of the caller wait already or the reader has left. */
public final class FilterRefusedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** Why entries were not filtered. */
    public enum Reason {
        /** The caller has as many requests with a costly filter waiting as it may have. */
        TOO_MANY,
        /** The request has ended. */
        READER_LEFT
    }

    private final Reason reason;

    FilterRefusedException(Reason reason) {
        // without a stack trace, because it is thrown often, and for each reason from one place
        super(reason.name(), null, false, false);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
