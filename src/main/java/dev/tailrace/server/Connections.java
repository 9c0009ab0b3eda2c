package dev.tailrace.server;

import dev.tailrace.metrics.Meters;
import dev.tailrace.metrics.Meters.Limit;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The connections of one event loop: ends those that are too many, in all or from one address, and those that do not bring a whole
 * head of a request in time, however often they send a byte of it.
 */
final class Connections implements Handler<HttpServerRequest> {

    private static final int LOOKS_PER_TIMEOUT = 4;

    private final Census census;
    private final Meters meters;
    private final long patienceNanos;
    private final Handler<HttpServerRequest> next;

    /** Without a request yet, the oldest first, and since when. */
    private final Map<HttpConnection, Long> silent = new LinkedHashMap<>();

    /** @param patience from the opening of a connection to its first request */
    Connections(Vertx vertx, Census census, Meters meters, Duration patience, Handler<HttpServerRequest> next) {
        this.census = census;
        this.meters = meters;
        this.patienceNanos = patience.toNanos();
        this.next = next;
        long look = Math.max(1, TimeUnit.NANOSECONDS.toMillis(patienceNanos) / LOOKS_PER_TIMEOUT);
        vertx.setPeriodic(look, id -> endSilent());
    }

    /** What all event loops count together. */
    static final class Census {
        private final int most;
        private final int mostPerAddress;
        private final AtomicInteger all = new AtomicInteger();
        private final Map<String, Integer> byAddress = new ConcurrentHashMap<>();

        /** @param mostPerAddress 0 for any number */
        Census(int most, int mostPerAddress) {
            this.most = most;
            this.mostPerAddress = mostPerAddress;
        }
    }

    /** A connection opened, and is counted until it closes. */
    void opened(HttpConnection connection) {
        SocketAddress peer = connection.remoteAddress();
        String address = peer == null || census.mostPerAddress == 0 ? "" : String.valueOf(peer.hostAddress());
        boolean tooMany = census.all.incrementAndGet() > census.most;
        boolean tooManyThere =
                !address.isEmpty() && census.byAddress.merge(address, 1, Integer::sum) > census.mostPerAddress;
        connection.closeHandler(closed -> closed(connection, address));
        if (tooMany || tooManyThere) {
            meters.refused(tooMany ? Limit.CONNECTIONS : Limit.CONNECTIONS_PER_ADDRESS);
            connection.close();
        } else {
            silent.put(connection, System.nanoTime());
        }
    }

    private void closed(HttpConnection connection, String address) {
        silent.remove(connection);
        census.all.decrementAndGet();
        if (!address.isEmpty()) {
            census.byAddress.computeIfPresent(address, (one, count) -> count == 1 ? null : count - 1);
        }
    }

    @Override
    public void handle(HttpServerRequest request) {
        silent.remove(request.connection());
        next.handle(request);
    }

    private void endSilent() {
        long now = System.nanoTime();
        Iterator<Map.Entry<HttpConnection, Long>> oldest = silent.entrySet().iterator();
        while (oldest.hasNext()) {
            Map.Entry<HttpConnection, Long> one = oldest.next();
            if (now - one.getValue() < patienceNanos) {
                return;
            }
            oldest.remove();
            meters.refused(Limit.REQUEST_TIME);
            one.getKey().close();
        }
    }
}
