package dev.tailrace.client;

import java.io.IOException;
import java.net.http.HttpHeaders;
import java.time.Duration;

/** The broker refused a request. */
public final class RefusedException extends IOException {

    private static final long serialVersionUID = 1L;

    private final boolean lasting;
    private final Duration retryAfter;

    private RefusedException(String message, boolean lasting, Duration retryAfter) {
        super(message);
        this.lasting = lasting;
        this.retryAfter = retryAfter;
    }

    /** An unexpected HTTP status, with the body that explains it. */
    public static RefusedException ofStatus(int status, HttpHeaders headers, String body) {
        boolean lasting = status >= 300 && status < 500 && status != 408 && status != 425 && status != 429;
        return new RefusedException(explain(status, body), lasting, retryAfter(headers));
    }

    /** A refusal that a retry does not change. */
    static RefusedException lasting(String message) {
        return new RefusedException(message, true, Duration.ZERO);
    }

    /** Whether a retry will not help. */
    public boolean isLasting() {
        return lasting;
    }

    /** The delay that the broker requested before a retry; zero when it requested none. */
    public Duration retryAfter() {
        return retryAfter;
    }

    private static String explain(int status, String body) {
        JsonFields problem = JsonFields.readOrEmpty(body);
        String detail = problem.text("detail", problem.text("title", ""));
        String said = detail.isEmpty() ? "HTTP status " + status : detail + " (HTTP " + status + ")";
        return switch (status) {
            case 401 -> said + "; set " + Bearer.VARIABLE + " or give --token-file";
            case 404 -> detail.isEmpty() ? said + ": not found, or no permission" : said;
            default -> said;
        };
    }

    // Only the form in seconds, because the other one requires synchronised clocks.
    private static Duration retryAfter(HttpHeaders headers) {
        String value = headers.firstValue("Retry-After").orElse("");
        return value.matches("\\d{1,6}") ? Duration.ofSeconds(Long.parseLong(value)) : Duration.ZERO;
    }
}
