package dev.tailrace.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Connections whose handshakes the broker has not answered yet. */
final class ConnectionOpener {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long LIMIT = 30 * SECOND;

    /** Less than a server's backlog, because a connection beyond it waits a second. */
    private static final int AT_ONCE = 64;

    private final Wire wire;
    private final List<Peer> peers = new ArrayList<>();

    ConnectionOpener(Wire wire) {
        this.wire = wire;
    }

    /** Adds a connection, and waits while too many are pending. */
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
