package dev.tailrace.cli;

import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** What a failure says to a person. */
final class Reason {

    private Reason() {}

    /** One line; the HTTP client leaves out the message of its most frequent failures. */
    static String of(Throwable failure) {
        Throwable cause = root(failure);
        String message = cause.getMessage();
        if (cause instanceof UnresolvedAddressException || cause instanceof UnknownHostException) {
            return "the host's name is not known";
        }
        if (cause instanceof ConnectException && message == null) {
            return "connection refused";
        }
        return message == null || message.isBlank() ? cause.getClass().getSimpleName() : message;
    }

    private static Throwable root(Throwable failure) {
        Throwable cause = failure.getCause();
        return cause != null && isWrapper(failure, cause) ? root(cause) : failure;
    }

    private static boolean isWrapper(Throwable failure, Throwable cause) {
        String message = failure.getMessage();
        return failure instanceof CompletionException
                || failure instanceof ExecutionException
                || message == null
                || message.equals(cause.toString());
    }
}
