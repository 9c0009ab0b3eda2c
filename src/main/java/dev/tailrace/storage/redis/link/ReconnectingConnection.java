package dev.tailrace.storage.redis.link;

import dev.tailrace.storage.RingUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Response;
import org.jspecify.annotations.Nullable;

/** Keeps one connection to one master: opens it, and opens it again after it broke. Used on one event loop. */
final class ReconnectingConnection {

    private final Vertx vertx;
    private final RedisConnector connector;
    private final RedisAddress address;
    private final RedisHealth health;
    private final Owner owner;
    private final Backoff backoff = new Backoff();
    private final Promise<Void> firstAttempt = Promise.promise();

    private @Nullable RedisSession session;
    private boolean wasOpen;
    private boolean missing;
    private boolean closed;

    /** The user of the connection. */
    interface Owner {
        /** The owner may send; what it sends now is the first on the connection. */
        void opened(RedisSession session);

        /** Calls in flight get no answer any more. Not called for a connection that never opened. */
        void lost(String reason);

        /** A message that answers no request. */
        void pushed(Response message);
    }

    ReconnectingConnection(RedisClient client, RedisAddress address, Owner owner) {
        this.vertx = client.vertx();
        this.connector = client.connector();
        this.address = address;
        this.health = client.health();
        this.owner = owner;
    }

    /** Completes after the first attempt, however it went. */
    Future<Void> start() {
        open();
        return firstAttempt.future();
    }

    RedisAddress address() {
        return address;
    }

    @Nullable
    RedisSession session() {
        return session;
    }

    private void open() {
        connector
                .open(address, false)
                .compose(ReconnectingConnection::requireMaster)
                .onComplete(opened -> {
                    if (opened.succeeded()) {
                        begin(opened.result());
                    } else if (!closed) {
                        miss(String.valueOf(opened.cause().getMessage()));
                        openLater();
                    }
                    firstAttempt.tryComplete();
                });
    }

    private static Future<RedisSession> requireMaster(RedisSession session) {
        if (session.server().master()) {
            return Future.succeededFuture(session);
        }
        session.close();
        return Future.failedFuture(new RingUnavailableException(
                "Redis at " + session.server().address() + " is a replica and accepts no writes"));
    }

    private void begin(RedisSession opened) {
        try {
            onOpen(opened);
        } catch (RuntimeException thrown) {
            lose("its use failed: " + thrown);
        }
    }

    private void onOpen(RedisSession opened) {
        if (closed) {
            opened.close();
            return;
        }
        session = opened;
        backoff.reset();
        opened.connection().handler(owner::pushed);
        opened.onBroken(this::lose);
        if (session == null) {
            return; // it broke in between
        }
        if (wasOpen) {
            health.reconnected();
        }
        wasOpen = true;
        owner.opened(opened);
        if (missing) {
            missing = false;
            health.settled();
        } else {
            health.opened();
        }
    }

    private void miss(String reason) {
        if (!missing) {
            missing = true;
            health.missing();
        }
        health.because(reason);
    }

    private void openLater() {
        vertx.setTimer(backoff.nextMillis(), timer -> {
            if (!closed) {
                open();
            }
        });
    }

    /** Gives the connection up and opens another one. */
    void lose(String reason) {
        RedisSession lost = session;
        if (lost == null) {
            return;
        }
        session = null;
        lost.close();
        miss("Redis at " + address + " is lost: " + reason);
        owner.lost(reason);
        if (!closed) {
            openLater();
        }
    }

    void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (missing) {
            health.settled();
        }
        RedisSession last = session;
        if (last != null) {
            session = null;
            last.close();
            owner.lost("closed");
        }
    }
}
