package dev.tailrace.egress;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Position;
import dev.tailrace.storage.PlaceStore;
import io.vertx.core.Future;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The positions that streams of one event loop keep in storage, because they are too many for a resume id. */
final class KeptPlaces {

    private static final Logger log = LoggerFactory.getLogger(KeptPlaces.class);

    /** A reader may come back for so long after its stream ended. */
    static final Duration KEEP = Duration.ofHours(4);

    /**
     * A reader may come back for so long to a list that a newer one of the same stream has replaced; longer than the
     * stall limit.
     */
    static final Duration KEEP_REPLACED = Duration.ofMinutes(10);

    /** The interval at which a silent stream renews its list. */
    private static final long RENEW_NANOS = TimeUnit.HOURS.toNanos(1);

    /** The time between two writes, so that very many streams share two hundred writes per second. */
    private static final long SPACING_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    /** A list of more texts takes too long to read. */
    private static final int MOST_TEXTS = 2000;

    /** Texts in one read. */
    private static final int READ_TEXTS = 8;

    private static final int KEY_BYTES = 16;

    /** The approximate cost of a list besides its texts, here and in storage. */
    static final int LIST_BYTES = 400;

    private final PlaceStore store;
    private final FollowBudget budget;
    private final EgressMeters meters;
    private final LongSupplier nanoTime;
    private final SecureRandom random = new SecureRandom();

    // Touched on one event loop only.
    private long nextWrite;

    KeptPlaces(PlaceStore store, FollowBudget budget, EgressMeters meters) {
        this(store, budget, meters, System::nanoTime);
    }

    KeptPlaces(PlaceStore store, FollowBudget budget, EgressMeters meters, LongSupplier nanoTime) {
        this.store = store;
        this.budget = budget;
        this.meters = meters;
        this.nanoTime = nanoTime;
        this.nextWrite = nanoTime.getAsLong();
    }

    /** Milliseconds until the next slot for a write, which this call reserves. */
    long reserveWrite() {
        long now = nanoTime.getAsLong();
        nextWrite = Math.max(now, nextWrite) + SPACING_NANOS;
        return TimeUnit.NANOSECONDS.toMillis(nextWrite - now);
    }

    /** A new list. It is not in storage before its first text. */
    Kept begin() {
        byte[] key = new byte[KEY_BYTES];
        random.nextBytes(key);
        return new Kept(Base64.getUrlEncoder().withoutPadding().encodeToString(key));
    }

    /**
     * The positions of an id; {@link Resume#LOST} when storage does not keep them any more. Fails when storage is
     * unavailable.
     */
    Future<Resume> read(ResumeId id) {
        Future<@Nullable Map<DeviceId, Position>> found = id.texts() == 0 || id.texts() > MOST_TEXTS
                ? Future.succeededFuture(null)
                : more(id, 0, new HashMap<>());
        return found.map(positions -> {
            if (positions == null) {
                meters.placesLost();
            }
            return positions == null ? Resume.LOST : Resume.at(positions);
        });
    }

    private Future<@Nullable Map<DeviceId, Position>> more(ResumeId id, int from, Map<DeviceId, Position> found) {
        int wanted = Math.min(READ_TEXTS, id.texts() - from);
        if (wanted == 0) {
            return Future.succeededFuture(found);
        }
        return store.read(id.list(), from, wanted).compose(texts -> {
            if (texts.size() < wanted || !add(texts, found)) {
                return Future.succeededFuture(null);
            }
            return more(id, from + wanted, found);
        });
    }

    /** The newer text replaces the older one. */
    private static boolean add(List<String> texts, Map<DeviceId, Position> found) {
        try {
            texts.forEach(text -> found.putAll(PositionSet.parse(text)));
            return true;
        } catch (IllegalArgumentException damaged) {
            log.warn("Cannot read the kept positions of a stream: {}", damaged.getMessage());
            return false;
        }
    }

    private void makeRoom() {
        long now = System.currentTimeMillis();
        for (String list = budget.superfluous(now); list != null; list = budget.superfluous(now)) {
            store.remove(list).onFailure(cause -> log.debug("Kept positions stay until they expire", cause));
        }
    }

    /** The list of one stream, as it has written it. */
    final class Kept {
        private final String name;
        private int texts;
        private int bytes;
        private int firstBytes; // when all devices had a position for the first time
        private int uncertainBytes; // of a text that may not be stored
        private long renewed = nanoTime.getAsLong();

        Kept(String name) {
            this.name = name;
        }

        /** The id of the positions that were stored so far. */
        ResumeId id() {
            return new ResumeId(name, texts);
        }

        /**
         * Stores positions of some devices, which replace earlier ones.
         *
         * @return false when the list is not what this stream has written, or there is no room; then the list is of no
         *     use any more
         */
        Future<Boolean> add(String text) {
            makeRoom();
            if (!budget.hasRoomForPlaces()) {
                return Future.succeededFuture(false);
            }
            count(text.length());
            return store.append(name, texts, List.of(text), KEEP).onSuccess(kept -> {
                if (kept) {
                    texts++;
                    uncertainBytes = 0;
                    renewed = nanoTime.getAsLong();
                }
            });
        }

        /**
         * Storage keeps at most one of the texts that were tried for the same place in the list, so they count once.
         */
        private void count(int size) {
            int more = Math.max(0, size - uncertainBytes);
            uncertainBytes += more;
            more += bytes == 0 ? LIST_BYTES : 0;
            budget.keep(more);
            bytes += more;
        }

        void allKept() {
            if (firstBytes == 0) {
                firstBytes = bytes;
            }
        }

        /** Whether a new list would be shorter. */
        boolean isLong() {
            return firstBytes > 0 && (texts >= MOST_TEXTS / 2 || bytes > 3 * firstBytes + 64 * 1024);
        }

        boolean isDueForRenewal() {
            return texts > 0 && nanoTime.getAsLong() - renewed > RENEW_NANOS;
        }

        /** Keeps the list for longer; false as in {@link #add}. */
        Future<Boolean> renew() {
            renewed = nanoTime.getAsLong();
            return store.append(name, texts, List.of(), KEEP);
        }

        /** The stream does not write to the list any more. */
        void end(Duration keep) {
            if (bytes == 0) {
                return;
            }
            budget.ended(name, bytes, System.currentTimeMillis() + keep.toMillis());
            if (!keep.equals(KEEP)) {
                store.append(name, texts, List.of(), keep)
                        .onFailure(cause -> log.debug("Kept positions stay until they expire", cause));
            }
        }
    }
}
