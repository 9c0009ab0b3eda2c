package dev.tailrace.metrics;

import dev.tailrace.model.Gap;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The metrics of one broker, named for the questions of operators. Called from all event loops. No label has the name of a device.
 *
 * <p>While no line is in flight, {@code tailrace_lines_received_total = tailrace_lines_stored_total + tailrace_lines_rejected_total +
 * tailrace_lines_deduplicated_total}: a difference is lines that the broker lost. {@code tailrace_gap_entries_total} counts entries that
 * subscribers could not get.
 */
public final class Meters {

    /** Limits that were exceeded, named as their settings. */
    public enum Limit {
        /** Connections of the broker. */
        CONNECTIONS("connections"),
        /** Connections of one address. */
        CONNECTIONS_PER_ADDRESS("connections-per-address"),
        /** Connections of the management port; the oldest is closed. */
        MANAGEMENT_CONNECTIONS("management-connections"),
        /** Concurrent TLS handshakes of one address; one did not get its turn in time. */
        HANDSHAKES_PER_ADDRESS("handshakes-per-address"),
        /** Idle time of a syslog connection. */
        SYSLOG_IDLE("syslog-idle"),
        /** Time until the first request head of a connection is complete. */
        REQUEST_TIME("request-timeout"),
        /** Streams of one caller. */
        STREAMS_PER_USER("streams-per-user"),
        /** Devices on one stream. */
        STREAM_DEVICES("stream-devices"),
        /** Devices on all streams of the broker. */
        FOLLOWED_DEVICES("followed-devices"),
        /** Devices in one fleet. */
        FLEET_DEVICES("fleet-devices"),
        /** Waiting requests of one caller with costly patterns; not a setting. */
        COSTLY_FILTERS("costly-filters"),
        /** Logins of one caller that are open or ended lately. */
        LOGINS("auth-logins"),
        /** Unused tickets of one caller. */
        TICKETS("auth-tickets"),
        /** Resets of streams on one HTTP/2 connection, or frames of one request head. */
        HTTP2_RESETS("http2-resets"),
        /** Size of a request head or of a request line. */
        HEADER_BYTES("header-bytes"),
        /** Size of a body. */
        BODY_BYTES("ingest-body-bytes"),
        /** Size of a document of records. */
        DOCUMENT_BYTES("ingest-document-bytes"),
        /** Size of a WebSocket frame. */
        FRAME_BYTES("ingest-frame-bytes"),
        /** Bytes that wait for storage, and bytes of incomplete input. */
        PENDING_BYTES("ingest-pending-bytes"),
        /** Memory outside the heap of decoders of compressed bodies. */
        DECODER_BYTES("ingest-decoder-bytes"),
        /** Devices in storage. */
        DEVICES("max-devices"),
        /** Time until a document is complete. */
        BODY_TIME("body-timeout"),
        /** Lines per second of one device. */
        DEVICE_LINES("device-lines"),
        /** Bytes per second of one device. */
        DEVICE_BYTES("device-bytes"),
        /** Lines per second of one fleet. */
        FLEET_LINES("fleet-lines"),
        /** Bytes per second of one fleet. */
        FLEET_BYTES("fleet-bytes");

        /** Limits that refuse nothing, but slow senders down. */
        private static final Set<Limit> RATES = EnumSet.of(DEVICE_LINES, DEVICE_BYTES, FLEET_LINES, FLEET_BYTES);

        private final String label;

        Limit(String setting) {
            this.label = setting;
        }
    }

    /** Protocols other than syslog at its port, which a web page can make a browser send. */
    public enum Foreign {
        /** A request line of HTTP, or the preface of HTTP/2. */
        HTTP("http"),
        /** A record of TLS or DTLS. */
        TLS("tls"),
        /** A packet of QUIC, as of HTTP/3. */
        QUIC("quic"),
        /** A message of STUN or TURN, as of WebRTC. */
        STUN("stun");

        private final String label;

        Foreign(String label) {
            this.label = label;
        }
    }

    /** Why a line was not stored. */
    public enum Rejection {
        /** It could not be read: no JSON, no message, a field of the wrong kind. */
        INVALID("invalid"),
        /** It was too long. */
        TOO_LONG("too_long"),
        /** Its sender has no permission to write for its device. */
        FORBIDDEN("forbidden"),
        /** Storage was unavailable and its sender did not wait, or there was no memory to hold it. */
        UNAVAILABLE("unavailable"),
        /** Its device is new, and there are too many devices. */
        DEVICES("too_many_devices"),
        /** Storage refused it; the reason is in the log. */
        FAILED("failed");

        private final String label;

        Rejection(String label) {
            this.label = label;
        }
    }

    /** Why the broker closed a subscriber's connection. */
    public enum Eviction {
        /** It accepted no byte for the stall limit. */
        STALLED("stalled"),
        /** It held bytes when all readers together held too many. */
        MEMORY("memory"),
        /** An exception was thrown while it was served; it is in the log. */
        FAILED("failed");

        private final String label;

        Eviction(String label) {
            this.label = label;
        }
    }

    private final MeterRegistry registry;
    private final LongAdder received = new LongAdder();
    private final LongAdder stored = new LongAdder();
    private final LongAdder deduplicated = new LongAdder();
    private final LongAdder delivered = new LongAdder();
    private final LongAdder live = new LongAdder();
    private final LongAdder behind = new LongAdder();
    private final LongAdder deviceConnections = new LongAdder();
    private final LongAdder devicesPaused = new LongAdder();
    private final AtomicLong certificateExpires = new AtomicLong();
    private final AtomicBoolean redisUp = new AtomicBoolean();
    private final Map<Limit, Counter> refused = new EnumMap<>(Limit.class);
    private final Map<Limit, Counter> slowed = new EnumMap<>(Limit.class);
    private final Map<Rejection, Counter> rejected = new EnumMap<>(Rejection.class);
    private final Map<Foreign, Counter> foreign = new EnumMap<>(Foreign.class);
    private final Map<Eviction, Counter> evicted = new EnumMap<>(Eviction.class);
    private final Map<Gap.Reason, Counter> gaps = new EnumMap<>(Gap.Reason.class);
    private final Counter acceptFailures;
    private final Counter readFailures;
    private final Counter placesLost;
    private final Counter redisReconnects;
    private final Counter ringDamages;
    private final Timer appendSeconds;
    private final Timer deliverySeconds;
    private final Timer loopLag;
    private final Timer filterSlices;

    public Meters(MeterRegistry registry) {
        this.registry = registry;
        counter("tailrace.lines.received", "Lines received from senders", received);
        counter("tailrace.lines.stored", "Lines stored in their ring", stored);
        counter("tailrace.lines.deduplicated", "Lines dropped as duplicates of a producer", deduplicated);
        counter("tailrace.entries.delivered", "Entries written to subscribers", delivered);
        for (Rejection reason : Rejection.values()) {
            rejected.put(
                    reason,
                    Counter.builder("tailrace.lines.rejected")
                            .description("Lines not stored, as reported to their senders")
                            .tag("reason", reason.label)
                            .register(registry));
        }
        for (Limit limit : Limit.values()) {
            boolean isRate = Limit.RATES.contains(limit);
            (isRate ? slowed : refused)
                    .put(
                            limit,
                            Counter.builder(isRate ? "tailrace.slowed" : "tailrace.refused")
                                    .description(
                                            isRate
                                                    ? "Times that a device or fleet was over its rate limit and its senders"
                                                            + " were paused"
                                                    : "Connections and requests refused, by the setting that limits"
                                                            + " them")
                                    .tag("limit", limit.label)
                                    .register(registry));
        }
        for (Foreign protocol : Foreign.values()) {
            foreign.put(
                    protocol,
                    Counter.builder("tailrace.syslog.foreign")
                            .description("Connections and datagrams to the syslog port in another protocol, of"
                                    + " which nothing was stored")
                            .tag("protocol", protocol.label)
                            .register(registry));
        }
        for (Eviction reason : Eviction.values()) {
            evicted.put(
                    reason,
                    Counter.builder("tailrace.subscribers.evicted")
                            .description("Subscribers that the broker disconnected")
                            .tag("reason", reason.label)
                            .register(registry));
        }
        for (Gap.Reason reason : Gap.Reason.values()) {
            gaps.put(
                    reason,
                    Counter.builder("tailrace.gap.entries")
                            .description("Entries reported to subscribers as gaps; an unknown number counts as 1")
                            .tag("reason", reason.wire())
                            .register(registry));
        }
        gauge("tailrace.subscribers", "Subscribers by state", "state", "live", live::sum);
        gauge("tailrace.subscribers", "Subscribers by state", "state", "behind", behind::sum);
        gauge("tailrace.device.connections", "Open connections of devices", deviceConnections::sum);
        gauge("tailrace.devices.paused", "Connections of devices that are not being read", devicesPaused::sum);
        acceptFailures = Counter.builder("tailrace.accept.failures")
                .description("Times that no connection could be accepted, mostly because no file descriptor was left")
                .register(registry);
        readFailures = Counter.builder("tailrace.ring.read.failures")
                .description("Reads of a ring that failed and are retried")
                .register(registry);
        placesLost = Counter.builder("tailrace.places.lost")
                .description("Readers of several devices that resumed from positions that storage no longer kept")
                .register(registry);
        redisReconnects = Counter.builder("tailrace.redis.reconnects")
                .description("Connections to Redis that were replaced after a loss")
                .register(registry);
        ringDamages = Counter.builder("tailrace.ring.damaged")
                .description("Unexpected values found in Redis and skipped")
                .register(registry);
        appendSeconds = timer("tailrace.append", "Time from sending a batch to storage until its response");
        deliverySeconds = timer(
                "tailrace.delivery", "Time from receipt of a line until it is written to its subscribers, per flush");
        filterSlices = timer("tailrace.filter", "Time slices of costly filters, which run in their own threads");
        loopLag = timer("tailrace.event.loop.lag", "Delay of event loop timers, which a busy loop adds to latency");
    }

    private void counter(String name, String description, LongAdder adder) {
        FunctionCounter.builder(name, adder, LongAdder::sum)
                .description(description)
                .register(registry);
    }

    private void gauge(String name, String description, Supplier<Number> value) {
        Gauge.builder(name, value).description(description).register(registry);
    }

    private void gauge(String name, String description, String tag, String tagValue, Supplier<Number> value) {
        Gauge.builder(name, value).description(description).tag(tag, tagValue).register(registry);
    }

    private Timer timer(String name, String description) {
        return Timer.builder(name)
                .description(description)
                .serviceLevelObjectives(
                        Duration.ofNanos(500_000),
                        Duration.ofMillis(1),
                        Duration.ofMillis(2),
                        Duration.ofMillis(5),
                        Duration.ofMillis(10),
                        Duration.ofMillis(20),
                        Duration.ofMillis(50),
                        Duration.ofMillis(100),
                        Duration.ofMillis(250),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(5))
                .register(registry);
    }

    // ---- in

    public void received(int lines) {
        received.add(lines);
    }

    public void refused(Limit limit) {
        counterOf(refused, limit).increment();
    }

    /** A connection could not be accepted. */
    public void acceptFailed() {
        acceptFailures.increment();
    }

    /** Input at the syslog port was not syslog. */
    public void foreign(Foreign protocol) {
        counterOf(foreign, protocol).increment();
    }

    /** Registers the number of open connections of a port; once for each port. */
    public void connections(String port, LongSupplier open) {
        gauge("tailrace.connections", "Open connections by port", "port", port, open::getAsLong);
    }

    /** Registers the number of connections that wait for their TLS handshake; once. */
    public void handshakesWaiting(LongSupplier waiting) {
        gauge(
                "tailrace.handshakes.waiting",
                "Connections that wait for the TLS handshakes of others of their address",
                waiting::getAsLong);
    }

    /** A device or fleet exceeded a rate, and its senders pause until its debt is paid off. */
    public void slowed(Limit rate) {
        counterOf(slowed, rate).increment();
    }

    /** Lines were not stored. */
    public void rejected(Rejection reason, int lines) {
        counterOf(rejected, reason).increment(lines);
    }

    public void deduplicated(int lines) {
        deduplicated.add(lines);
    }

    public void appended(long nanos, int storedLines, int deduplicatedLines) {
        stored.add(storedLines);
        deduplicated.add(deduplicatedLines);
        appendSeconds.record(nanos, TimeUnit.NANOSECONDS);
    }

    public void deviceConnected() {
        deviceConnections.increment();
    }

    public void deviceDisconnected() {
        deviceConnections.decrement();
    }

    public void devicePaused() {
        devicesPaused.increment();
    }

    public void deviceResumed() {
        devicesPaused.decrement();
    }

    /** Registers the number of bytes that wait for storage; once. */
    public void pendingBytes(LongSupplier bytes) {
        gauge("tailrace.pending.bytes", "Bytes that the broker holds for senders", bytes::getAsLong);
    }

    /** Registers the number of bytes that are held for readers; once. */
    public void streamPendingBytes(LongSupplier bytes) {
        gauge("tailrace.stream.pending.bytes", "Bytes that readers have not accepted yet", bytes::getAsLong);
    }

    /**
     * Registers the announcements that wait for event loops; once.
     *
     * @param waitingBytes bytes of announcements that wait now
     * @param dropped number of announcements that were dropped since the start
     */
    public void announcements(LongSupplier waitingBytes, LongSupplier dropped) {
        gauge(
                "tailrace.announcements.pending.bytes",
                "Bytes of announcements that wait for an event loop",
                waitingBytes::getAsLong);
        FunctionCounter.builder("tailrace.announcements.dropped", dropped, LongSupplier::getAsLong)
                .description(
                        "Announcements dropped because too many waited for an event loop; readers read the ring instead")
                .register(registry);
    }

    /** The expiry of the TLS certificate in use; the metric exists from the first call on. */
    public void certificateExpires(long epochSecond) {
        if (certificateExpires.getAndSet(epochSecond) == 0) {
            gauge(
                    "tailrace.tls.certificate.expires",
                    "Unix time at which the TLS certificate expires",
                    certificateExpires::get);
        }
    }

    // ---- out

    /** A subscriber connected; it begins behind. */
    public void subscribed() {
        behind.increment();
    }

    public void unsubscribed(boolean wasBehind) {
        (wasBehind ? behind : live).decrement();
    }

    public void wentLive() {
        behind.decrement();
        live.increment();
    }

    public void fellBehind() {
        live.decrement();
        behind.increment();
    }

    public void delivered(int entries) {
        delivered.add(entries);
    }

    /** A slice of filtering on another thread than the event loops. */
    public void filtered(long nanos) {
        filterSlices.record(nanos, TimeUnit.NANOSECONDS);
    }

    public void deliveredAfter(long millis) {
        deliverySeconds.record(Math.max(0, millis), TimeUnit.MILLISECONDS);
    }

    public void gap(Gap gap) {
        Long count = gap.count();
        counterOf(gaps, gap.reason()).increment(count == null ? 1 : count);
    }

    /** A reader of several devices reconnected, and its positions are not stored any more. */
    public void placesLost() {
        placesLost.increment();
    }

    public void evicted(Eviction reason) {
        counterOf(evicted, reason).increment();
    }

    /** A read of a ring failed. */
    public void readFailed() {
        readFailures.increment();
    }

    /** A timer of an event loop was late by this many nanoseconds. */
    public void loopLag(long nanos) {
        loopLag.record(Math.max(0, nanos), TimeUnit.NANOSECONDS);
    }

    // ---- storage

    public void redisUp(boolean up) {
        redisUp.set(up);
    }

    public void redisReconnected() {
        redisReconnects.increment();
    }

    public void ringDamaged() {
        ringDamages.increment();
    }

    /** Registers the metrics of a broker with Redis. */
    public void withRedis() {
        gauge("tailrace.redis.up", "Whether Redis responds", () -> redisUp.get() ? 1 : 0);
    }

    private static <K> Counter counterOf(Map<K, Counter> counters, K key) {
        Counter counter = counters.get(key);
        if (counter == null) {
            throw new IllegalStateException("no counter for " + key);
        }
        return counter;
    }
}
