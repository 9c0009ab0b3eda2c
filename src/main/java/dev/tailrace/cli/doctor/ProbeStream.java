package dev.tailrace.cli.doctor;

import java.net.http.HttpHeaders;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A received stream of numbered events.
 *
 * @param whole whether all events arrived
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
     * @param arrived by a clock of this machine, which need not agree with the broker's
     */
    record Event(long sent, long arrived) {
        long delay() {
            return arrived - sent;
        }
    }

    String header(String name) {
        return String.join(", ", headers.allValues(name));
    }

    /** The delay of the slowest event relative to the fastest one, in milliseconds. */
    long lateness() {
        long fastest = events.stream().mapToLong(Event::delay).min().orElse(0);
        return events.stream().mapToLong(Event::delay).max().orElse(0) - fastest;
    }

    boolean isEncoded() {
        String encoding = header("Content-Encoding");
        return !encoding.isEmpty() && !encoding.equalsIgnoreCase("identity");
    }
}
