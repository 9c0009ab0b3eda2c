package dev.tailrace.auth.provider;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Logs once when another system becomes unavailable, and once when it is available again. Used on one event loop. */
final class OutageLog {

    private final Logger log;
    private final String began;
    private final String ended;
    private boolean unavailable;

    /**
     * @param began the message of the beginning, with {@code {}} for the failure
     * @param ended the message of the end
     */
    OutageLog(Logger log, String began, String ended) {
        this.log = log;
        this.began = began;
        this.ended = ended;
    }

    /** @param failure of the last request; null when it succeeded */
    void report(@Nullable String failure) {
        if ((failure != null) != unavailable) {
            unavailable = failure != null;
            if (unavailable) {
                log.warn(began, failure);
            } else {
                log.info(ended);
            }
        }
    }
}
