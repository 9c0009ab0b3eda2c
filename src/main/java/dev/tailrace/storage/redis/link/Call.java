package dev.tailrace.storage.redis.link;

import io.vertx.redis.client.Request;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One request before it is sent.
 *
 * <p>While a slot is moved, the target node refuses a request that names several keys of which one does not exist, and
 * the source node refuses one of which some have left already. When neither has a key, it exists nowhere, and the
 * request is sent with its first key as the only one that it names; the others become its first arguments. A script
 * uses them all the same: for a request about one key only, a target node does not require that others exist.
 *
 * @param what names it in errors, for example {@code append to device pump-7}
 * @param slot where its keys are
 * @param bytes its approximate size
 * @param mayWait whether it waits here while Redis has as much to answer as it can in good time; small calls are sent
 *     at once, so that no reader waits for the appends of all devices
 * @param keys how many of its keys it names; 1 also for a script that must not name more than its first
 * @param maker makes the request for the server that it will be sent to
 * @param channel where watchers of what it changes listen, or absent when it changes nothing that is watched
 */
public record Call(
        String what,
        int slot,
        int bytes,
        boolean mayWait,
        int keys,
        Maker maker,
        @Nullable String channel) {

    /** A call that is sent at once. */
    public Call(String what, int slot, int bytes, int keys, Maker maker, @Nullable String channel) {
        this(what, slot, bytes, false, keys, maker, channel);
    }

    /** A call about one key that is not watched. */
    public Call(String what, int slot, int bytes, Function<Server, Request> maker) {
        this(what, slot, bytes, 1, (server, keys) -> maker.apply(server), null);
    }

    /**
     * The same call for a node that lacks some of its keys because they do not exist; null when it names one key
     * already.
     */
    @Nullable
    Call namingOneKey() {
        return keys == 1 ? null : new Call(what, slot, bytes, mayWait, 1, maker, channel);
    }

    /** Makes a request that names so many keys. Called again when the request has to be repeated. */
    public interface Maker {
        Request request(Server server, int keys);
    }
}
