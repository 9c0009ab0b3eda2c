package dev.tailrace.client;

/** Options that cannot be combined, or an option with an invalid value. */
public final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UsageException(String message) {
        super(message);
    }
}
