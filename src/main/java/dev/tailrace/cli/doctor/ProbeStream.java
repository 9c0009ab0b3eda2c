package dev.tailrace.cli.doctor;

import java.net.http.HttpHeaders;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stream of numbered events as it came.
 *
 * @param whole whether all events came
 * @param failure why it ended early, or null
 */
record ProbeStream(
        int status,
        HttpHeaders headers,
        List<Event> events,
        boolean whole,
        @Nullable String failure) {

    /**
     * @param sent by the broker's clock, in milliseconds
     * @param arrived by a clock of this machine that need not agree
     */
    record Event(long sent, long arrived) {
        long delay() {
            return arrived - sent;
        }
    }

    String header(String name) {
        return String.join(", ", headers.allValues(name));
    }

    /** By how many milliseconds more than the fastest event the slowest one was held up. */
    long lateness() {
        long fastest = events.stream().mapToLong(Event::delay).min().orElse(0);
        return events.stream().mapToLong(Event::delay).max().orElse(0) - fastest;
    }

    boolean isEncoded() {
        String encoding = header("Content-Encoding");
        return !encoding.isEmpty() && !encoding.equalsIgnoreCase("identity");
    }
}
