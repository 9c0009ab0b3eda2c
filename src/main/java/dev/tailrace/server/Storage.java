package dev.tailrace.server;

import dev.tailrace.ring.Ring;
import io.vertx.core.Future;

/** Where rings are kept: hands each event loop its way to them. */
interface Storage {

    /** The ring for the calling event loop. */
    Ring ring();

    /** Ends all connections, after the last ring was used. */
    Future<Void> close();
}
