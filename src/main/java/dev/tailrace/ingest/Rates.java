package dev.tailrace.ingest;

import dev.tailrace.model.DeviceId;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Rate limits per device and per fleet on this node. Lines that have arrived are always taken; a sender that is more
 * than a second ahead of its limit is then paused until its debt is paid off (GCRA, the generic cell rate algorithm of
 * ITU-T I.371: a token bucket that may be overdrawn, kept as the time when it is even again). Shared by all event
 * loops; only recent senders are remembered.
 */
public final class Rates {

    /** The burst that a full bucket allows, as the time in which the bucket fills. */
    private static final long BURST_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final int PIECES_PER_SECOND = 128;

    private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    private final Bucket.Rate deviceRate;
    private final Bucket.Rate fleetRate;
    private final long worthLines;
    private final long worthBytes;
    private final IngestMeters meters;
    private final LongSupplier nanoTime;
    private final Map<DeviceId, Bucket> devices = new ConcurrentHashMap<>();
    private final Map<String, Bucket> fleets = new ConcurrentHashMap<>();

    /** Lines and bytes per second, as stored; 0: any number. */
    public record Share(long lines, long bytes) {
        boolean isLimited() {
            return lines > 0 || bytes > 0;
        }
    }

    public Rates(Share device, Share fleet, IngestMeters meters) {
        this(device, fleet, meters, System::nanoTime);
    }

    Rates(Share device, Share fleet, IngestMeters meters, LongSupplier nanoTime) {
        this.deviceRate = new Bucket.Rate(device, RateLimit.DEVICE_LINES, RateLimit.DEVICE_BYTES);
        this.fleetRate = new Bucket.Rate(fleet, RateLimit.FLEET_LINES, RateLimit.FLEET_BYTES);
        this.worthLines = worth(device.lines(), fleet.lines());
        this.worthBytes = worth(device.bytes(), fleet.bytes());
        this.meters = meters;
        this.nanoTime = nanoTime;
    }

    private static long worth(long device, long fleet) {
        long least = device == 0 ? fleet : fleet == 0 ? device : Math.min(device, fleet);
        return least == 0 ? Long.MAX_VALUE : Math.max(1, least / PIECES_PER_SECOND);
    }

    /** Whether fleets are limited, so that the fleet of a device must be known. */
    boolean asksForFleets() {
        return fleetRate.isLimited();
    }

    /**
     * Whether so many lines are charged now rather than together with the next; not each line, because senders share
     * the buckets.
     */
    boolean isWorthTaking(int lines, long bytes) {
        return lines >= worthLines || bytes >= worthBytes;
    }

    /** Whether there is any limit. */
    boolean areLimited() {
        return deviceRate.isLimited() || fleetRate.isLimited();
    }

    /**
     * Charges lines that arrived from a device.
     *
     * @return for how many nanoseconds its sender is not to be read, 0 when it may go on
     */
    long takeOfDevice(DeviceId device, int lines, long bytes) {
        return deviceRate.isLimited() ? take(devices, device, deviceRate, lines, bytes) : 0;
    }

    /** Charges lines that arrived from a device of the fleet; returns as {@link #takeOfDevice}. */
    long takeOfFleet(@Nullable String fleet, int lines, long bytes) {
        return fleet == null || !fleetRate.isLimited() ? 0 : take(fleets, fleet, fleetRate, lines, bytes);
    }

    private <K> long take(Map<K, Bucket> buckets, K key, Bucket.Rate rate, int lines, long bytes) {
        long now = nanoTime.getAsLong();
        long[] debt = new long[1];
        // Within the map's lock, because a bucket could otherwise be swept between being found and being used.
        buckets.compute(key, (one, known) -> {
            Bucket bucket = known == null ? new Bucket(now) : known;
            debt[0] = bucket.take(rate, now, lines, bytes, meters);
            return bucket;
        });
        return debt[0];
    }

    /** Forgets buckets that are full again. Called by one timer per node. */
    public void sweep() {
        sweep(devices);
        sweep(fleets);
    }

    private <K> void sweep(Map<K, Bucket> buckets) {
        long now = nanoTime.getAsLong();
        for (K key : buckets.keySet()) {
            buckets.computeIfPresent(key, (one, bucket) -> bucket.isFull(now) ? null : bucket);
        }
    }

    /** Number of buckets of devices and fleets. */
    int size() {
        return devices.size() + fleets.size();
    }

    /** The bucket of one device or fleet; guarded by the lock of its map. */
    private static final class Bucket {
        private long linesEven; // when the lines taken are paid off
        private long bytesEven;
        private boolean overdrawn;

        Bucket(long now) {
            this.linesEven = now - BURST_NANOS;
            this.bytesEven = now - BURST_NANOS;
        }

        /** The time that one line and one byte cost. */
        private static final class Rate {
            private final double nanosPerLine;
            private final double nanosPerByte;
            private final RateLimit linesLimit;
            private final RateLimit bytesLimit;
            private final boolean limited;

            Rate(Share share, RateLimit linesLimit, RateLimit bytesLimit) {
                this.nanosPerLine = share.lines() == 0 ? 0 : NANOS_PER_SECOND / share.lines();
                this.nanosPerByte = share.bytes() == 0 ? 0 : NANOS_PER_SECOND / share.bytes();
                this.linesLimit = linesLimit;
                this.bytesLimit = bytesLimit;
                this.limited = share.isLimited();
            }

            boolean isLimited() {
                return limited;
            }
        }

        long take(Rate rate, long now, int lines, long bytes, IngestMeters meters) {
            linesEven = later(linesEven, now - BURST_NANOS) + Math.round(lines * rate.nanosPerLine);
            bytesEven = later(bytesEven, now - BURST_NANOS) + Math.round(bytes * rate.nanosPerByte);
            long debt = Math.max(0, later(linesEven, bytesEven) - now);
            if (debt > 0 && !overdrawn) {
                meters.slowed(linesEven - bytesEven >= 0 ? rate.linesLimit : rate.bytesLimit);
            }
            overdrawn = debt > 0;
            return debt;
        }

        boolean isFull(long now) {
            return later(linesEven, bytesEven) - (now - BURST_NANOS) <= 0;
        }

        // The clock may overflow.
        private static long later(long one, long other) {
            return one - other > 0 ? one : other;
        }
    }
}
