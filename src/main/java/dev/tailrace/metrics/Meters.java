package dev.tailrace.metrics;

import dev.tailrace.model.DeviceId;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What operators ask a broker, counted. One instance per broker, called from all event loops; never labelled by device.
 *
 * <p>The equation to watch, once senders pause: {@code tailrace_lines_received_total = tailrace_lines_stored_total +
 * tailrace_lines_rejected_total + tailrace_lines_deduplicated_total}; what is missing on the right is in flight, or we
 * lost it. {@code tailrace_gap_entries_total} is what subscribers were told they cannot get.
 */
public final class Meters {

    private static final Logger log = LoggerFactory.getLogger(Meters.class);

    /** What callers can have too much of; named as the setting is. */
    public enum Limit {
        /** More connections than the broker holds. */
        CONNECTIONS("connections"),
        /** More than from one address. */
        CONNECTIONS_PER_ADDRESS("connections-per-address"),
        /** More on the management port, where the oldest makes room. */
        MANAGEMENT_CONNECTIONS("management-connections"),
        /** More TLS handshakes of one address, of which one had no turn in time, or before its client gave up. */
        HANDSHAKES_PER_ADDRESS("handshakes-per-address"),
        /** A connection of syslog that sent nothing for long. */
        SYSLOG_IDLE("syslog-idle"),
        /** No whole head of a request in time. */
        REQUEST_TIME("request-timeout"),
        /** More streams than one caller may read. */
        STREAMS_PER_USER("streams-per-user"),
        /** More devices on one stream. */
        STREAM_DEVICES("stream-devices"),
        /** More devices on all streams of the broker. */
        FOLLOWED_DEVICES("followed-devices"),
        /** More devices in one fleet. */
        FLEET_DEVICES("fleet-devices"),
        /** More requests of one caller that wait because their pattern is costly; no setting. */
        COSTLY_FILTERS("costly-filters"),
        /** More logins of one caller that are open, or ended lately. */
        LOGINS("auth-logins"),
        /** More unused tickets of one caller. */
        TICKETS("auth-tickets"),
        /** More requests taken back on a connection of HTTP/2, or a head in more pieces. */
        HTTP2_RESETS("http2-resets"),
        /** A longer head of a request, or address in it. */
        HEADER_BYTES("header-bytes"),
        /** A longer body. */
        BODY_BYTES("ingest-body-bytes"),
        /** A longer document of records. */
        DOCUMENT_BYTES("ingest-document-bytes"),
        /** A longer frame of a WebSocket. */
        FRAME_BYTES("ingest-frame-bytes"),
        /** More bytes that wait for storage, or for the rest of what was begun. */
        PENDING_BYTES("ingest-pending-bytes"),
        /** More bytes that decoders of compressed bodies take outside the heap. */
        DECODER_BYTES("ingest-decoder-bytes"),
        /** A device that is new, where there are as many as there may be. */
        DEVICES("max-devices"),
        /** A body that is one document and was not whole in time. */
        BODY_TIME("body-timeout"),
        /** More lines per second of one device. */
        DEVICE_LINES("device-lines"),
        /** More bytes per second of one device. */
        DEVICE_BYTES("device-bytes"),
        /** More lines per second of one fleet. */
        FLEET_LINES("fleet-lines"),
        /** More bytes per second of one fleet. */
        FLEET_BYTES("fleet-bytes");

        /** Those at which nobody is refused, but a sender is read more slowly. */
        private static final Set<Limit> RATES = EnumSet.of(DEVICE_LINES, DEVICE_BYTES, FLEET_LINES, FLEET_BYTES);

        private final String label;

        Limit(String setting) {
            this.label = setting;
        }
    }

    /** What came in place of syslog: what a browser can be made to send. */
    public enum Foreign {
        /** A line that begins a request of HTTP, or the preface of HTTP/2. */
        HTTP("http"),
        /** A record of TLS or DTLS. */
        TLS("tls"),
        /** A packet of QUIC, which HTTP/3 begins with. */
        QUIC("quic"),
        /** A message of STUN or TURN, which WebRTC begins with. */
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
        /** It was longer than a line may be. */
        TOO_LONG("too_long"),
        /** Its sender may not write for its device. */
        FORBIDDEN("forbidden"),
        /** Storage was unavailable when its sender would not, or could no longer, wait; or there was no room to hold it. */
        UNAVAILABLE("unavailable"),
        /** Its device is new, and there are as many as there may be. */
        DEVICES("too_many_devices"),
        /** Storage refused it; the log says why. */
        FAILED("failed");

        private final String label;

        Rejection(String label) {
            this.label = label;
        }
    }

    /** Why a subscriber's connection was ended from here. */
    public enum Eviction {
        /** It accepted no byte for the stall limit. */
        STALLED("stalled"),
        /** It held bytes when all readers together held as many as they may. */
        MEMORY("memory"),
        /** An exception was thrown while it was served; the log says which. */
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

    /** No connection could be accepted for now. */
    public void acceptFailed() {
        acceptFailures.increment();
    }

    /** Something at the syslog port was not syslog. */
    public void foreign(Foreign protocol) {
        counterOf(foreign, protocol).increment();
    }

    /** Names where to read how many connections a port has; once for each port. */
    public void connections(String port, LongSupplier open) {
        gauge("tailrace.connections", "Open connections by port", "port", port, open::getAsLong);
    }

    /** Names where to read how many connections wait for their turn to begin TLS; once. */
    public void handshakesWaiting(LongSupplier waiting) {
        gauge(
                "tailrace.handshakes.waiting",
                "Connections that wait for the TLS handshakes of others of their address",
                waiting::getAsLong);
    }

    /** A device or fleet was overdrawn, and its senders pause until it is even. */
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

    /** Names where the number of bytes that wait for storage is to be had; once. */
    public void pendingBytes(LongSupplier bytes) {
        gauge("tailrace.pending.bytes", "Bytes that the broker holds for senders", bytes::getAsLong);
    }

    /** Names where the number of bytes that are held for readers is to be had; once. */
    public void streamPendingBytes(LongSupplier bytes) {
        gauge("tailrace.stream.pending.bytes", "Bytes that readers have not accepted yet", bytes::getAsLong);
    }

    /**
     * Names where to read what waits for event loops; once.
     *
     * @param waitingBytes of announcements that wait now
     * @param dropped announcements that were dropped since the start
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

    /** When the TLS certificate in use runs out; shown from the first time on. */
    public void certificateExpires(long epochSecond) {
        if (certificateExpires.getAndSet(epochSecond) == 0) {
            gauge(
                    "tailrace.tls.certificate.expires",
                    "Unix time at which the TLS certificate expires",
                    certificateExpires::get);
        }
    }

    // ---- out

    /** A subscriber came; it begins behind. */
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

    /** A slice of applying a filter off the event loops. */
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

    /** A reader of several devices came back, and where it was is not kept any more. */
    public void placesLost() {
        placesLost.increment();
    }

    public void evicted(Eviction reason) {
        counterOf(evicted, reason).increment();
    }

    public void readFailed(DeviceId device, Throwable cause) {
        readFailures.increment();
        log.debug("Cannot read the ring of {}: {}", device, cause.getMessage());
    }

    /** By how many nanoseconds a timer of an event loop was late. */
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

    /** Adds the meters of a broker whose ring is in Redis. */
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
