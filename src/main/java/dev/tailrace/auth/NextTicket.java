package dev.tailrace.auth;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The ticket with which a reader resumes a stream that it opened with a ticket. It comes with the stream's event ids, because
 * the last of them is all that an EventSource adds to the address of its first request when it connects again. Like every
 * ticket it is good once, and for a minute after the stream was last alive.
 */
public final class NextTicket {

    /** What no position has. */
    private static final char MARK = '~';

    private static final Pattern MARKED = Pattern.compile("(.*)" + MARK + "([A-Za-z0-9_-]{43})");

    private final String suffix;
    private final Function<Duration, Future<Void>> keeping;

    /** @param keeping keeps the ticket for so long from now on */
    NextTicket(String ticket, Function<Duration, Future<Void>> keeping) {
        this.suffix = MARK + ticket;
        this.keeping = keeping;
    }

    /** What comes behind a position in an event id. A secret. */
    public String suffix() {
        return suffix;
    }

    /**
     * The stream is alive: the ticket is good for the usual time from now on, or for longer.
     *
     * @param atLeast until the next call may come
     * @return fails when storage did not take it
     */
    public Future<Void> keep(Duration atLeast) {
        return keeping.apply(atLeast.compareTo(Tickets.LIFE) > 0 ? atLeast : Tickets.LIFE);
    }

    /** The position in what a reader shows as the last event id. */
    public static String positionIn(String lastEventId) {
        Matcher marked = MARKED.matcher(lastEventId);
        return marked.matches() ? marked.group(1) : lastEventId;
    }

    /** The ticket in what a reader shows as the last event id, or null. */
    static @Nullable String ticketIn(@Nullable String lastEventId) {
        Matcher marked = lastEventId == null ? null : MARKED.matcher(lastEventId);
        return marked != null && marked.matches() ? marked.group(2) : null;
    }

    /** Without what is secret. */
    @Override
    public String toString() {
        return "next ticket";
    }
}
