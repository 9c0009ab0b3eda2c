package dev.tailrace.storage;

/**
 * Storage is unavailable or did not answer in time. It has no stack trace, because one is made for each waiting call.
 */
public final class RingUnavailableException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public RingUnavailableException(String message) {
        super(message, null, false, false);
    }
}
