package dev.tailrace.server;

import dev.tailrace.http.ServerPort;
import dev.tailrace.metrics.Metrics;
import dev.tailrace.metrics.Timing;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/** The metrics of ports, connections, certificates and event loops. Thread-safe. */
public final class ServerMeters {

    private final Metrics metrics;
    private final LongAdder acceptFailures;
    private final Timing loopLag;
    private final AtomicLong certificateExpires = new AtomicLong();

    ServerMeters(Metrics metrics) {
        this.metrics = metrics;
        acceptFailures = metrics.counter(
                "tailrace.accept.failures",
                "Times that no connection could be accepted, mostly because no file descriptor was left");
        loopLag = metrics.timer(
                "tailrace.event.loop.lag", "Delay of event loop timers, which a busy loop adds to latency");
    }

    /** Registers the number of open connections of a port; once for each port. */
    public void connections(ServerPort port, LongSupplier open) {
        metrics.gauge("tailrace.connections", "Open connections by port", "port", port.label(), open);
    }

    /** Registers the number of connections that wait for their TLS handshake; once. */
    public void handshakesWaiting(LongSupplier waiting) {
        metrics.gauge(
                "tailrace.handshakes.waiting",
                "Connections that wait for the TLS handshakes of others of their address",
                waiting);
    }

    /** A connection could not be accepted. */
    void acceptFailed() {
        acceptFailures.increment();
    }

    /** The expiry of the TLS certificate in use; the metric exists from the first call on. */
    public void certificateExpires(long epochSecond) {
        if (certificateExpires.getAndSet(epochSecond) == 0) {
            metrics.gauge(
                    "tailrace.tls.certificate.expires",
                    "Unix time at which the TLS certificate expires",
                    certificateExpires::get);
        }
    }

    /** A timer of an event loop was late by this many nanoseconds. */
    void loopLag(long nanos) {
        loopLag.nanos(nanos);
    }
}
