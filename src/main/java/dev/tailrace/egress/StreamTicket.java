package dev.tailrace.egress;

import dev.tailrace.auth.NextTicket;
import dev.tailrace.broker.Filter;
import dev.tailrace.broker.View;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ticket with which the reader of one stream reconnects, as a part of each event id. Readers that came without a
 * ticket, and formats without event ids, have none.
 */
final class StreamTicket {

    private static final Logger log = LoggerFactory.getLogger(StreamTicket.class);

    private final @Nullable NextTicket next;

    StreamTicket(@Nullable NextTicket next) {
        this.next = next;
    }

    boolean exists() {
        return next != null;
    }

    /** The event id, with the ticket. */
    String addTo(String id) {
        return next == null ? id : id + next.suffix();
    }

    /** The view of a reader of one device, whose entries have event ids with the ticket. */
    View view(StreamFormat format, @Nullable Filter filter) {
        return next == null ? format.view(null, filter) : new View(new EntryJson.Sse(null, next.suffix()), filter);
    }

    /** The stream is alive: the ticket stays valid for so long at least. */
    void keep(Duration atLeast) {
        if (next != null) {
            next.keep(atLeast).onFailure(cause -> log.debug("A ticket may expire while storage is unavailable"));
        }
    }
}
