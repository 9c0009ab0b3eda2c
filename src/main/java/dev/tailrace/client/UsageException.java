package dev.tailrace.client;

/** Says that options do not go together, or that one has a value that it cannot have. */
public final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UsageException(String message) {
        super(message);
    }
}
