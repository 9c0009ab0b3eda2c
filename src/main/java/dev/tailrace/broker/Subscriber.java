package dev.tailrace.broker;

import dev.tailrace.model.Gap;
import io.netty.buffer.ByteBuf;

/**
 * One subscriber's response, as a cursor sees it. All calls come on the subscriber's event loop. The only back-pressure
 * is the subscriber's own: when {@link #isFull} a cursor stops, and {@link Cursor#drained} makes it go on.
 */
public interface Subscriber {

    /** Whether the connection cannot take more now. A cursor that goes on all the same fills the heap. */
    boolean isFull();

    /**
     * The cursor has more to deliver than it may now: the subscriber is full, or serves several cursors and this one
     * has ended its turn. When its next turn comes the subscriber calls {@link Cursor#drained}. Harmless when called
     * twice.
     */
    void waits(Cursor cursor);

    /**
     * As {@link #waits}, for a cursor whose turn ended without an entry, because the subscriber became full before the
     * cursor's read of the ring began. Its next turn comes before those of cursors that have delivered entries since.
     */
    void missedTurn(Cursor cursor);

    /** Whether several cursors share this subscriber and take turns, with one chunk of entries each. */
    boolean isShared();

    /**
     * The caller who pays the time of costly filters, whatever the number of its subscribers. Equal objects are one
     * caller.
     */
    Object caller();

    /** The cursor knows its position and begins. */
    void opened(Cursor cursor);

    /**
     * Encoded entries, shared with other subscribers and valid during the call: retain what is sent later, and change
     * nothing.
     */
    void entries(Cursor cursor, ByteBuf encoded);

    /** The cursor has moved over entries that its filter hides. */
    default void passedOver(Cursor cursor) {}

    void gap(Cursor cursor, Gap gap);

    /** Entries up to the offset, in the cursor's epoch, were cleared. */
    void cleared(Cursor cursor, long offset);

    /** The cursor was closed because of an exception; the reader should reconnect and resume. */
    void failed(Cursor cursor);

    /** Storage became unavailable, or available again. */
    void storage(Cursor cursor, boolean unavailable);
}
