package dev.tailrace.auth;

import dev.tailrace.http.Problem;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How many streams each caller reads at this broker, over all event loops; those who are everybody or the admin are not counted. */
public final class OpenStreams {

    private final int most;
    private final Map<String, Integer> bySubject = new ConcurrentHashMap<>();

    /** @param most of one caller; a few more when opened at the same moment on several event loops */
    public OpenStreams(int most) {
        this.most = most;
    }

    /** @throws Problem when the caller has as many as it may */
    void requireRoom(String subject) {
        if (bySubject.getOrDefault(subject, 0) >= most) {
            throw new Problem(
                    429,
                    "too-many-streams",
                    "Too many streams",
                    "this caller already has " + most
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
