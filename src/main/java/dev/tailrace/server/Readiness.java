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
 * Whether this broker can do its work, found out by doing it: append a line to a device of its own, and hear of it. Several
 * such devices, which take turns and lie on different masters of a Redis Cluster, so that one dead master does not turn
 * all brokers away from the others' devices.
 */
final class Readiness {

    private static final Logger log = LoggerFactory.getLogger(Readiness.class);

    private static final int PROBES = 8;
    private static final long INTERVAL_MILLIS = 200;

    /** All probes have had their turn by then. */
    private static final long FRESH_NANOS = TimeUnit.MILLISECONDS.toNanos(2000);

    private final Vertx vertx;
    private final Supplier<@Nullable String> refusal;
    private final boolean withoutStorage;
    private final Probe[] probes = new Probe[PROBES];
    private int turn;
    private volatile boolean draining;
    private volatile boolean heard;
    private volatile long heardAt;
    private boolean wasReady = true; // so that a start without storage is told, and one with it is not

    /**
     * @param refusal what storage refuses this broker; null for nothing
     * @param withoutStorage whether a broker whose storage has answered once stays ready when it does not any more
     */
    Readiness(Vertx vertx, Supplier<@Nullable String> refusal, boolean withoutStorage) {
        this.vertx = vertx;
        this.refusal = refusal;
        this.withoutStorage = withoutStorage;
    }

    /** Begins to probe, on the calling event loop and through its ring. */
    void begin(RingStore ring) {
        for (int i = 0; i < PROBES; i++) {
            probes[i] = new Probe(new DeviceId("_tailrace-probe-" + i), ring);
            probes[i].listen();
        }
        vertx.setPeriodic(0, INTERVAL_MILLIS, id -> tick());
    }

    private void tick() {
        probes[turn++ % PROBES].append();
        boolean ready = isStorageReady();
        boolean starting = !heard && turn <= FRESH_NANOS / TimeUnit.MILLISECONDS.toNanos(INTERVAL_MILLIS);
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

    /** Not ready from here on, whatever storage does. */
    void drain() {
        draining = true;
    }

    /** One device of our own; touched on the probing event loop only. */
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

        // Never closed: it listens as long as the process lives.
        void listen() {
            RingStore.Watch unused = ring.watch(device, announcement -> {
                if (announcement instanceof Announcement.Stored stored) {
                    onAnnounced(
                            stored.epoch(), stored.first() + stored.entries().size() - 1);
                } else if (announcement instanceof Announcement.Ready && !heard) {
                    append(); // what was appended before was not to be heard
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
                appended = Long.MAX_VALUE; // until the answer to our own append
            }
            announced = last;
            compare();
        }

        private void compare() {
            if (appended > 0 && announced >= appended) {
                heard |= refusal() == null; // it does no work before it can do all
                heardAt = System.nanoTime();
            }
        }
    }
}
