package dev.tailrace.egress;

import dev.tailrace.broker.Cursor;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports the positions to the reader of several devices: the data of a checkpoint are the devices that moved since the
 * last one, and its id stands for all. While all positions fit into an id they are the id. Otherwise the id names a
 * list in storage, to which the devices that moved are added first. So a reader that resumes with an id finds at least
 * what it stands for, and at most what was sent. Silent devices cost nothing here. Touched on the stream's event loop
 * only.
 */
final class Checkpoints {

    private static final Logger log = LoggerFactory.getLogger(Checkpoints.class);

    /** Proxies and servers refuse longer ids when they come back in a header, together with the other headers. */
    static final int LONGEST_ID = 200;

    /** With more devices it is not worth trying whether their positions fit into an id. */
    static final int MANY = 32;

    /** The least interval of checkpoints whose positions are in their id. */
    private static final long SHORT_MILLIS = 250;

    /** The least interval of checkpoints whose positions are in storage. */
    private static final long KEPT_MILLIS = 1000;

    /** It grows, so that such checkpoints take at most so many bytes per second, of the reader and of storage, */
    private static final int BYTES_PER_SECOND = 16 * 1024;

    /** but not beyond this. */
    private static final long LONGEST_MILLIS = 10_000;

    /** The approximate length of the longest text in storage, and of the longest data of an event. */
    private static final int PART_CHARACTERS = 32 * 1024;

    private static final int PART_DEVICES = 500;

    /** A stream that ends waits for storage for so long at most. */
    private static final long LAST_MILLIS = 1000;

    private static final long NO_TIMER = -1;

    private final Vertx vertx;
    private final KeptPlaces places;
    private final StreamFormat format;
    private final Stream stream;

    private Set<Cursor> moved = new LinkedHashSet<>(); // since the last checkpoint
    private boolean changed; // although no device moved: one has left, or the list in storage is lost
    private KeptPlaces.@Nullable Kept kept; // null while positions fit into ids
    private KeptPlaces.@Nullable Kept replaced; // by a list that is being written
    private @Nullable Promise<Void> running; // of a checkpoint that waits for storage or the reader
    private long timer = NO_TIMER;
    private long notBefore = System.nanoTime();
    private int bytes; // of the checkpoint in progress
    private boolean closed;

    /** The stream whose positions are reported. */
    interface Stream {

        /** One for each device. */
        Collection<Cursor> cursors();

        /** Whether the positions of all devices are known. */
        boolean allOpen();

        boolean isFull();

        /**
         * Sends a checkpoint.
         *
         * @param id the id of the event; null for a part of a checkpoint that has its id in a later part
         */
        void checkpoint(JsonObject data, @Nullable String id);

        /** Makes a call; if it throws, this stream ends, and no other. */
        void run(Runnable call);
    }

    Checkpoints(Vertx vertx, KeptPlaces places, StreamFormat format, Stream stream) {
        this.vertx = vertx;
        this.places = places;
        this.format = format;
        this.stream = stream;
    }

    /**
     * The id for a reader of many devices before their positions are known, or null. A reader that comes back with it
     * learns that its positions are lost, and does not begin anew without notice.
     */
    @Nullable
    String beginning(int devices) {
        if (devices <= MANY) {
            return null;
        }
        if (kept == null) {
            kept = places.begin();
        }
        return new ResumeId(kept.id().list(), 0).toString(); // never the id of positions that are half written
    }

    /**
     * A device's position is known.
     *
     * @param resumed whether the reader resumed with this position
     */
    void opened(Cursor cursor, boolean resumed) {
        if (resumed) {
            changed = true;
            soon();
        } else {
            moved(cursor);
        }
    }

    void moved(Cursor cursor) {
        moved.add(cursor);
        soon();
    }

    /** A device moved over entries that a filter hides; the next checkpoint reports it, whenever there is one. */
    void passedOver(Cursor cursor) {
        moved.add(cursor);
    }

    void left(Cursor cursor) {
        moved.remove(cursor);
        changed = true;
        soon();
    }

    /** Storage was unavailable, and may have lost the list. */
    void storageIsBack() {
        KeptPlaces.Kept list = kept;
        if (list != null && list.id().texts() > 0 && running == null) {
            renew(list);
        }
    }

    /** Called once per heartbeat interval. */
    void beat() {
        KeptPlaces.Kept list = kept;
        if (list != null && running == null && list.isDueForRenewal()) {
            renew(list);
        }
    }

    private void renew(KeptPlaces.Kept list) {
        list.renew()
                .onSuccess(known -> {
                    if (!known && list == kept) {
                        beginNewList();
                    }
                })
                .onFailure(cause -> log.debug("Renewing the kept positions of a stream failed; retrying later", cause));
    }

    private void soon() {
        if (timer != NO_TIMER || running != null || closed) {
            return;
        }
        long wait = SHORT_MILLIS;
        if (kept != null || stream.cursors().size() > MANY) {
            wait = Math.max(wait, TimeUnit.NANOSECONDS.toMillis(notBefore - System.nanoTime()));
            wait = Math.max(wait, places.reserveWrite());
        }
        timer = vertx.setTimer(wait, id -> {
            timer = NO_TIMER;
            stream.run(this::now);
        });
    }

    /** Sends a checkpoint if there is something to report. */
    void now() {
        boolean some = changed || !moved.isEmpty();
        if (running != null || closed || !some || !stream.allOpen()) {
            return; // a position that is not known yet would be lost to the reader
        }
        if (stream.isFull()) {
            soon();
            return;
        }
        String id = stream.cursors().size() > MANY ? null : PositionSet.write(stream.cursors());
        if (id != null && id.length() <= LONGEST_ID) {
            fitting(id);
        } else {
            storeAndSend();
        }
    }

    /** Sends the last checkpoint; completes when it is written, or cannot be for now. */
    Future<Void> last() {
        now();
        return running == null
                ? Future.succeededFuture()
                : running.future().timeout(LAST_MILLIS, TimeUnit.MILLISECONDS);
    }

    private List<Cursor> takeMoved() {
        List<Cursor> these = List.copyOf(moved);
        moved = new LinkedHashSet<>(); // a new set, because one that was large once would stay so
        changed = false;
        return these;
    }

    private void fitting(String id) {
        replace(kept);
        kept = null;
        write(takeMoved(), id);
    }

    // ---- positions in storage

    private void storeAndSend() {
        running = Promise.promise();
        bytes = 0;
        List<Cursor> these = takeMoved();
        KeptPlaces.Kept list = kept;
        if (list != null && list.isLong()) {
            replace(replaced);
            replaced = list;
            list = null;
        }
        boolean fresh = list == null || list.id().texts() == 0;
        if (list == null) {
            list = places.begin();
        }
        kept = list;
        keep(list, these, fresh ? List.copyOf(stream.cursors()) : these, 0);
    }

    /** @param those whose positions are added, from an index on */
    private void keep(KeptPlaces.Kept list, List<Cursor> these, List<Cursor> those, int from) {
        StringBuilder text = new StringBuilder();
        int next = from;
        while (next < those.size() && text.length() < PART_CHARACTERS) {
            PositionSet.append(text, those.get(next++));
        }
        if (text.isEmpty()) { // a device has left; its position in the list is ignored
            finish();
            return;
        }
        int end = next;
        bytes += text.length();
        list.add(text.toString()).onComplete(kept -> stream.run(() -> onKept(kept, list, these, those, end)));
    }

    private void onKept(
            AsyncResult<Boolean> kept, KeptPlaces.Kept list, List<Cursor> these, List<Cursor> those, int next) {
        if (closed) {
            finish();
        } else if (kept.failed()) { // it may be stored all the same; then the list has another length next time
            moved.addAll(these);
            moved.addAll(those);
            finish();
        } else if (!kept.result()) {
            moved.addAll(these);
            finish();
            beginNewList();
        } else if (next < those.size()) {
            keep(list, these, those, next);
        } else {
            list.allKept();
            send(list, these, 0);
        }
    }

    private void beginNewList() {
        replace(kept);
        kept = null;
        changed = true;
        soon();
    }

    /** In parts, so that the reader has accepted most of them before the last one is sent. */
    private void send(KeptPlaces.Kept list, List<Cursor> these, int from) {
        if (closed) {
            finish();
            return;
        }
        if (stream.isFull()) {
            timer = vertx.setTimer(SHORT_MILLIS, id -> {
                timer = NO_TIMER;
                stream.run(() -> send(list, these, from));
            });
            return;
        }
        int end = Math.min(these.size(), from + PART_DEVICES);
        boolean last = end == these.size();
        write(these.subList(from, end), last ? list.id().toString() : null);
        if (last) {
            replace(replaced);
            replaced = null;
            finish();
        } else {
            vertx.runOnContext(nothing -> stream.run(() -> send(list, these, end)));
        }
    }

    private void finish() {
        long millis = Math.min(LONGEST_MILLIS, Math.max(KEPT_MILLIS, 1000L * bytes / BYTES_PER_SECOND));
        notBefore = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        Promise<Void> ended = running;
        running = null;
        if (ended != null) {
            ended.tryComplete();
        }
        if (changed || !moved.isEmpty()) {
            soon();
        }
    }

    private void write(List<Cursor> these, @Nullable String id) {
        JsonObject positions = new JsonObject();
        for (Cursor cursor : these) {
            if (!cursor.isClosed()) {
                positions.put(cursor.device().value(), cursor.position().toString());
            }
        }
        JsonObject data = new JsonObject().put("positions", positions);
        if (id != null && !format.hasEventIds()) {
            data.put("id", id);
        }
        stream.checkpoint(data, id);
    }

    void close() {
        if (closed) {
            return;
        }
        closed = true;
        vertx.cancelTimer(timer);
        if (replaced != null) {
            replaced.end(KeptPlaces.KEEP); // its id is the last one that the reader has
        }
        if (kept != null) {
            kept.end(KeptPlaces.KEEP);
        }
        if (running != null) {
            running.tryComplete();
        }
    }

    private static void replace(KeptPlaces.@Nullable Kept list) {
        if (list != null) {
            list.end(KeptPlaces.KEEP_REPLACED);
        }
    }
}
