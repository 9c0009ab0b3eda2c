package dev.tailrace.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Connections that the broker has not agreed to yet. */
final class ConnectionOpener {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long LIMIT = 30 * SECOND;

    /** Fewer than a server's backlog: a connection that does not fit into that waits a second. */
    private static final int AT_ONCE = 64;

    private final Wire wire;
    private final List<Peer> peers = new ArrayList<>();

    ConnectionOpener(Wire wire) {
        this.wire = wire;
    }

    /** Adds one, and waits while there are many. */
    void add(Peer peer) throws IOException {
        peers.add(peer);
        awaitFewerThan(AT_ONCE);
    }

    void awaitAll() throws IOException {
        awaitFewerThan(1);
    }

    private void awaitFewerThan(int few) throws IOException {
        long limit = wire.now() + LIMIT;
        while (peers.size() >= few) {
            wire.turn(SECOND / 100);
            for (Peer peer : peers) {
                if (peer.failure() != null) {
                    throw new IOException(peer.failure());
                }
            }
            peers.removeIf(Peer::isOpen);
            if (wire.now() > limit) {
                throw new IOException(peers.size() + " connections got no response within 30 s");
            }
        }
    }
}
