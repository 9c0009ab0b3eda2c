package dev.tailrace.server;

import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.model.Line;
import dev.tailrace.storage.Announcement;
import dev.tailrace.storage.RingStore;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks whether this broker can work, by appending lines to probe devices and waiting for their announcements. Several probe devices,
 * which lie on different masters of a Redis Cluster, are used in turn, so that one failed master does not make all brokers unready for
 * the devices on the others.
 */
final class Readiness {

    private static final Logger log = LoggerFactory.getLogger(Readiness.class);

    private static final int PROBES = 8;
    private static final long INTERVAL_MILLIS = 200;

    /** Longer than a round of all probes. */
    private static final long FRESH_NANOS = TimeUnit.MILLISECONDS.toNanos(2000);

    private final Vertx vertx;
    private final Supplier<@Nullable String> refusal;
    private final boolean withoutStorage;
    private final Probe[] probes = new Probe[PROBES];
    private int ticks;
    private volatile boolean draining;
    private volatile boolean heard;
    private volatile long heardAt;
    private boolean wasReady = true; // so that a start without storage is logged, and one with storage is not

    /**
     * @param refusal what storage refuses this broker; null for nothing
     * @param withoutStorage whether a broker stays ready while storage is unavailable, once it has answered
     */
    Readiness(Vertx vertx, Supplier<@Nullable String> refusal, boolean withoutStorage) {
        this.vertx = vertx;
        this.refusal = refusal;
        this.withoutStorage = withoutStorage;
    }

    /** Begins to probe, on the calling event loop, through its ring. */
    void begin(RingStore ring) {
        for (int i = 0; i < PROBES; i++) {
            probes[i] = new Probe(new DeviceId("_tailrace-probe-" + i), ring);
            probes[i].listen();
        }
        vertx.setPeriodic(0, INTERVAL_MILLIS, id -> tick());
    }

    private void tick() {
        probes[ticks++ % PROBES].append();
        boolean ready = isStorageReady();
        boolean starting = !heard && ticks <= FRESH_NANOS / TimeUnit.MILLISECONDS.toNanos(INTERVAL_MILLIS);
        if (ready != wasReady && !starting) {
            wasReady = ready;
            if (ready) {
                log.info("Ready: storage responds and delivers announcements");
            } else {
                log.warn(
                        "{}: storage {}",
                        isReady() ? "Still ready" : "Not ready",
                        refusal() == null
                                ? "does not respond, or does not deliver announcements"
                                : "refuses commands that are needed");
            }
        }
    }

    /** What storage refuses this broker, although it answers; null for nothing. */
    @Nullable
    String refusal() {
        return refusal.get();
    }

    boolean isStorageReady() {
        return refusal() == null && heard && System.nanoTime() - heardAt < FRESH_NANOS;
    }

    boolean isReady() {
        return !draining && (isStorageReady() || (withoutStorage && heard));
    }

    boolean isDraining() {
        return draining;
    }

    /** Makes this broker unready for good. */
    void drain() {
        draining = true;
    }

    /** One probe device; touched on the probing event loop only. */
    private final class Probe {
        private final DeviceId device;
        private final RingStore ring;
        private boolean underWay;
        private String epoch = "";
        private long appended;
        private long announced;

        Probe(DeviceId device, RingStore ring) {
            this.device = device;
            this.ring = ring;
        }

        // The watch is never closed: it lasts as long as the process.
        void listen() {
            RingStore.Watch unused = ring.watch(device, announcement -> {
                if (announcement instanceof Announcement.Stored stored) {
                    onAnnounced(
                            stored.epoch(), stored.first() + stored.entries().size() - 1);
                } else if (announcement instanceof Announcement.Ready && !heard) {
                    append(); // lines that were appended before were not announced to this watch
                }
            });
        }

        void append() {
            if (underWay) {
                return;
            }
            underWay = true;
            var line = new Entries.Builder(128);
            Line.of("probe").writeTo(line, System.currentTimeMillis());
            ring.append(device, Batch.of(line.build())).onComplete(answer -> {
                underWay = false;
                if (answer.succeeded()) {
                    appended = answer.result().head();
                    if (!answer.result().epoch().equals(epoch)) {
                        epoch = answer.result().epoch();
                        announced = 0;
                    }
                    compare();
                }
            });
        }

        private void onAnnounced(String inEpoch, long last) {
            if (!inEpoch.equals(epoch)) {
                epoch = inEpoch;
                appended = Long.MAX_VALUE; // until the response to the next append
            }
            announced = last;
            compare();
        }

        private void compare() {
            if (appended > 0 && announced >= appended) {
                heard |= refusal() == null; // not ready before everything works
                heardAt = System.nanoTime();
            }
        }
    }
}
