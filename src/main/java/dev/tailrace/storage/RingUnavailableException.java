package dev.tailrace.storage;

/** Storage is away or did not answer in time. Carries no stack trace: it is an answer, made for each waiting call. */
public final class RingUnavailableException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public RingUnavailableException(String message) {
        super(message, null, false, false);
    }
}
