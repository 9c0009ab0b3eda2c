package dev.tailrace.ring.redis;

import io.vertx.redis.client.Request;

/**
 * One request in the making.
 *
 * @param what names it in errors, for example {@code append to device pump-7}
 * @param slot where its keys are
 * @param bytes about how large it is
 * @param maker makes the request for the server that it will be sent to
 */
record Call(String what, int slot, int bytes, Maker maker) {

    /** Makes a request; called again when it has to be sent once more. */
    interface Maker {
        Request request(Server server);
    }
}
