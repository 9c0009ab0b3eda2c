package dev.tailrace.broker;

import dev.tailrace.model.Gap;
import io.netty.buffer.ByteBuf;

/**
 * One subscriber's response, as a cursor sees it. All calls come on the subscriber's event loop. The outlet's own
 * back-pressure is the only one: when {@link #isFull} a cursor stops, and {@link Cursor#drained} makes it go on.
 */
public interface Outlet {

    /** Whether the connection cannot take more now; heed it, or the heap fills. */
    boolean isFull();

    /** The cursor knows its place and begins. */
    void opened(Cursor cursor);

    /** Encoded entries, shared with other subscribers and lent for the call: retain what is sent later, change nothing. */
    void entries(Cursor cursor, ByteBuf encoded);

    void gap(Cursor cursor, Gap gap);

    /** Entries up to the offset, in the cursor's epoch, were removed on purpose. */
    void cleared(Cursor cursor, long offset);

    /** Storage went away or came back. */
    void storage(Cursor cursor, boolean away);
}
