package dev.tailrace.egress;

import dev.tailrace.auth.Caller;
import dev.tailrace.broker.Filter;
import dev.tailrace.http.Gzip;
import org.jspecify.annotations.Nullable;

/**
 * The reader of one live stream.
 *
 * @param caller the stream ends when it may no longer read
 * @param socket where the stream is written
 * @param filter hides entries from the reader; null: none
 * @param gzip compresses what is written, and is closed with the stream; null: none
 */
public record StreamReader(
        Caller caller,
        StreamFormat format,
        PeerSocket socket,
        @Nullable Filter filter,
        @Nullable Gzip gzip) {

    /** A reader whose stream is not compressed. */
    public StreamReader(Caller caller, StreamFormat format, PeerSocket socket, @Nullable Filter filter) {
        this(caller, format, socket, filter, null);
    }
}
