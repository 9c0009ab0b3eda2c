package dev.tailrace.client;

import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** The text of a failure for a user. */
public final class ErrorText {

    private ErrorText() {}

    /** One line; the HTTP client leaves out the message of its most frequent failures. */
    public static String of(Throwable failure) {
        Throwable cause = root(failure);
        if (cause instanceof UnresolvedAddressException || cause instanceof UnknownHostException) {
            return cause.getMessage() == null
                    ? "cannot resolve the host name"
                    : "cannot resolve host " + cause.getMessage();
        }
        String message = cause.getMessage();
        if (message != null && !message.isBlank()) {
            return message;
        }
        if (isConnecting(failure)) {
            return "cannot connect";
        }
        return cause instanceof ClosedChannelException
                ? "connection lost"
                : cause.getClass().getSimpleName();
    }

    private static boolean isConnecting(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof ConnectException || (cause != null && isConnecting(cause));
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
