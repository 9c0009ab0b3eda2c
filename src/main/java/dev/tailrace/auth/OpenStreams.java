package dev.tailrace.auth;

import dev.tailrace.http.Problem;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Counts the streams of each caller at this broker, over all event loops. Callers without credentials and the admin token are not counted. */
public final class OpenStreams {

    private final int max;
    private final Map<String, Integer> bySubject = new ConcurrentHashMap<>();

    /** @param max streams of one caller; a few more if they are opened at the same moment on several event loops */
    public OpenStreams(int max) {
        this.max = max;
    }

    /** @throws Problem when the caller has as many streams as it may */
    void requireRoom(String subject) {
        if (bySubject.getOrDefault(subject, 0) >= max) {
            throw new Problem(
                    429,
                    "too-many-streams",
                    "Too many streams",
                    "this caller already has " + max
                            + " open streams (--streams-per-user); close one, or follow several devices on one stream");
        }
    }

    void opened(String subject) {
        bySubject.merge(subject, 1, Integer::sum);
    }

    void closed(String subject) {
        bySubject.computeIfPresent(subject, (one, count) -> count == 1 ? null : count - 1);
    }
}
