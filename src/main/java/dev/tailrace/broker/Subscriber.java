package dev.tailrace.broker;

import dev.tailrace.model.Gap;
import io.netty.buffer.ByteBuf;

/**
 * One subscriber's response, as a cursor sees it. All calls come on the subscriber's event loop. The outlet's own
 * back-pressure is the only one: when {@link #isFull} a cursor stops, and {@link Cursor#drained} makes it go on.
 */
public interface Subscriber {

    /** Whether the connection cannot take more now; heed it, or the heap fills. */
    boolean isFull();

    /**
     * The cursor has more to hand over than it may now: the outlet is full, or serves several cursors and this one has had its
     * turn. When it has its next turn the outlet calls {@link Cursor#drained}. Told again, it means the same.
     */
    void waits(Cursor cursor);

    /**
     * As {@link #waits}, of a cursor whose turn ended without an entry, because the outlet became full before the cursor's read of
     * the ring began. Its next turn comes before those of cursors that have handed over entries since.
     */
    void missedTurn(Cursor cursor);

    /** Whether cursors take turns here, with one chunk of entries each. */
    boolean isShared();

    /** Who reads here: costly filters take time of its share, however many outlets it has. Equal objects are one caller. */
    Object caller();

    /** The cursor knows its place and begins. */
    void opened(Cursor cursor);

    /** Encoded entries, shared with other subscribers and lent for the call: retain what is sent later, change nothing. */
    void entries(Cursor cursor, ByteBuf encoded);

    /** The cursor has moved over entries that its filter hides. */
    default void passedOver(Cursor cursor) {}

    void gap(Cursor cursor, Gap gap);

    /** Entries up to the offset, in the cursor's epoch, were removed on purpose. */
    void cleared(Cursor cursor, long offset);

    /** The cursor was closed because of an exception; whoever reads here is to come again and resume. */
    void failed(Cursor cursor);

    /** Storage went away or came back. */
    void storage(Cursor cursor, boolean away);
}
