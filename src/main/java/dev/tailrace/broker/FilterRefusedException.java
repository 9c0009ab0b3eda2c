package dev.tailrace.broker;

/** Says that entries were not filtered: too many requests of the caller wait already, or the reader has left. */
public final class FilterRefusedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** Why entries were not filtered. */
    public enum Reason {
        /** As many requests of the caller as may wait have a costly filter and wait for one another. */
        TOO_MANY,
        /** The request that wanted the entries is gone. */
        READER_LEFT
    }

    private final Reason reason;

    FilterRefusedException(Reason reason) {
        super(reason.name(), null, false, false); // without a stack trace: it is thrown often, and from one place each
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
