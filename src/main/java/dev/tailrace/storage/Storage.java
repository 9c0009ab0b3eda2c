package dev.tailrace.storage;

import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** Where one broker keeps everything: gives each event loop its stores. */
public interface Storage {

    /**
     * The stores of the calling event loop. They come although storage is unavailable, because it may be available
     * again.
     *
     * @param endOfTick of that event loop
     */
    Future<Stores> stores(EndOfTick endOfTick);

    /**
     * Which rights storage refuses to this broker, in a sentence for its operator; null when it has all that it needs.
     */
    default @Nullable String refusal() {
        return null;
    }

    /** Closes all connections; calls in flight fail. */
    Future<Void> close();
}
