package dev.tailrace.auth;

import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
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

    /** Nothing that could end a line of an event. */
    private static final Pattern PLACE = Pattern.compile("[!-~]*");

    private static final String KEY = "tailrace.next-ticket";

    private final String suffix;
    private final Function<Duration, Future<Void>> keeping;

    /** @param keeping keeps the ticket for so long from now on */
    NextTicket(String ticket, Function<Duration, Future<Void>> keeping) {
        this.suffix = MARK + ticket;
        this.keeping = keeping;
    }

    /** The request used up the ticket before this one, whatever its answer will be. */
    void attach(RoutingContext call) {
        call.put(KEY, this);
    }

    /**
     * The event id with which who sent this request may come again where it was, for an answer that asks for that; null when it
     * used no ticket.
     */
    public static @Nullable String idToComeAgain(RoutingContext call) {
        NextTicket next = call.get(KEY);
        return next == null ? null : placeIn(call.request()) + next.suffix;
    }

    /** Empty when it has none. */
    private static String placeIn(HttpServerRequest request) {
        String header = request.getHeader("Last-Event-ID");
        String place = header == null ? "" : positionIn(header.trim());
        if (place.isEmpty()) {
            place = request.getParam("after", "");
        }
        return PLACE.matcher(place).matches() ? place : "";
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
