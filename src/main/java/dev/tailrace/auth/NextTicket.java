package dev.tailrace.auth;

import dev.tailrace.http.LastEventId;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The ticket with which a reader resumes a stream that it opened with a ticket. It is part of the stream's event ids, because the last
 * event id is all that an EventSource adds to the URL of its first request when it reconnects. Like every ticket it is valid once, and
 * for a minute after the stream was last alive.
 */
public final class NextTicket {

    /** A character that no position has. */
    private static final char MARK = '~';

    private static final Pattern MARKED = Pattern.compile("(.*)" + MARK + "([A-Za-z0-9_-]{43})");

    /** Without characters that could end a line of an event. */
    private static final Pattern PLACE = Pattern.compile("[!-~]*");

    private static final String KEY = "tailrace.next-ticket";

    private final String suffix;
    private final Function<Duration, Future<Void>> keeping;

    /** @param keeping stores the ticket for this long from now on */
    NextTicket(String ticket, Function<Duration, Future<Void>> keeping) {
        this.suffix = MARK + ticket;
        this.keeping = keeping;
    }

    /** The request has used up the ticket before this one, whatever its response will be. */
    void attach(RoutingContext call) {
        call.put(KEY, this);
    }

    /**
     * The event id with which the sender of this request can resume, for a response that asks it to retry; null when it used no
     * ticket.
     */
    public static @Nullable String idToComeAgain(RoutingContext call) {
        NextTicket next = call.get(KEY);
        return next == null ? null : placeIn(call.request()) + next.suffix;
    }

    /** The position to resume from; empty if the request has none. */
    private static String placeIn(HttpServerRequest request) {
        String last = LastEventId.of(request);
        String place = last == null ? "" : positionIn(last);
        if (place.isEmpty()) {
            place = request.getParam("after", "");
        }
        return PLACE.matcher(place).matches() ? place : "";
    }

    /** The part of an event id after the position. It is a secret. */
    public String suffix() {
        return suffix;
    }

    /**
     * The stream is alive: the ticket is valid for the usual time from now on, or for longer.
     *
     * @param atLeast the time until the next call
     * @return fails when storage did not take it
     */
    public Future<Void> keep(Duration atLeast) {
        return keeping.apply(atLeast.compareTo(Tickets.LIFE) > 0 ? atLeast : Tickets.LIFE);
    }

    /** The position in the last event id of a reader. */
    public static String positionIn(String lastEventId) {
        Matcher marked = MARKED.matcher(lastEventId);
        return marked.matches() ? marked.group(1) : lastEventId;
    }

    /** The ticket in the last event id of a reader, or null. */
    static @Nullable String ticketIn(@Nullable String lastEventId) {
        Matcher marked = lastEventId == null ? null : MARKED.matcher(lastEventId);
        return marked != null && marked.matches() ? marked.group(2) : null;
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return "next ticket";
    }
}
