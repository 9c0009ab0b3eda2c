package dev.tailrace.storage.memory;

import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.storage.Announcement;
import dev.tailrace.storage.Announcements;
import dev.tailrace.storage.Epochs;
import dev.tailrace.storage.Page;
import dev.tailrace.storage.RingOptions;
import dev.tailrace.storage.RingState;
import dev.tailrace.storage.RingStore;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;

/** One device's ring in memory. Callers hold this object's monitor, which guards all state. */
final class MemoryDevice {

    /**
     * Writers remembered; the one that appended longest ago is dropped first. A writer repeats its last append only,
     * and soon.
     */
    private static final int MAX_WRITERS = 64;

    /**
     * Producers remembered; the one that appended longest ago is dropped first. One may come back as long as the ring
     * lives.
     */
    private static final int MAX_PRODUCERS = 1024;

    private final DeviceId device;
    private final RingOptions options;
    private final Announcements announcements;

    /**
     * Chunks as they were appended. The oldest may hold entries that are evicted already; it is dropped when all of
     * them are.
     */
    private final ArrayDeque<Chunk> chunks = new ArrayDeque<>();

    private final Map<String, Written> writers = new Newest<>(MAX_WRITERS);
    private final Map<String, Long> producers = new Newest<>(MAX_PRODUCERS);

    private String epoch = "";
    private long head;
    private long oldest = 1;

    /** Bytes of the entries from the oldest on, each with its newline. */
    private long bytes;

    private long cleared;
    private long lastAppend;
    private boolean retired;

    private record Chunk(long first, Entries entries) {
        long last() {
            return first + entries.size() - 1;
        }

        int bytes(long from, long to) {
            return entries.start((int) (to - first)) - entries.start((int) (from - first));
        }
    }

    private record Written(long seq, long head, int deduplicated) {}

    private static final class Newest<V> extends LinkedHashMap<String, V> {
        private static final long serialVersionUID = 1L;

        private final int most;

        Newest(int most) {
            super(16, 0.75f, true);
            this.most = most;
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
            return size() > most;
        }
    }

    MemoryDevice(DeviceId device, RingOptions options, Announcements announcements) {
        this.device = device;
        this.options = options;
        this.announcements = announcements;
    }

    RingStore.Appended append(Batch batch, long now) {
        dropIfExpired(now);
        if (epoch.isEmpty()) {
            epoch = Epochs.next();
        }
        lastAppend = now;
        Written before = batch.writer() == null ? null : writers.get(batch.writer());
        if (before != null && before.seq >= batch.writerSeq()) {
            int stored = batch.entries().size() - before.deduplicated;
            return new RingStore.Appended(epoch, before.head, stored, before.deduplicated);
        }
        Entries fresh = withoutStored(batch);
        int deduplicated = batch.entries().size() - fresh.size();
        if (!fresh.isEmpty()) {
            keep(fresh);
            announcements.announce(device, new Announcement.Stored(epoch, head - fresh.size() + 1, fresh));
        }
        if (batch.writer() != null) {
            writers.put(batch.writer(), new Written(batch.writerSeq(), head, deduplicated));
        }
        return new RingStore.Appended(epoch, head, fresh.size(), deduplicated);
    }

    /** The part of a batch that its producer has not stored yet. */
    private Entries withoutStored(Batch batch) {
        String producer = batch.producer();
        if (producer == null) {
            return batch.entries();
        }
        Entries entries = batch.entries();
        long last = producers.getOrDefault(producer, Long.MIN_VALUE);
        if (isAscendingFrom(last, batch.seqs())) {
            producers.put(producer, batch.seqs()[entries.size() - 1]);
            return entries;
        }
        Entries.Builder fresh = new Entries.Builder(entries.byteSize());
        for (int i = 0; i < entries.size(); i++) {
            if (batch.seqs()[i] > last) {
                last = batch.seqs()[i];
                copy(entries, i, fresh);
            }
        }
        producers.put(producer, last);
        return fresh.build();
    }

    private static boolean isAscendingFrom(long last, long[] seqs) {
        long before = last;
        for (long seq : seqs) {
            if (seq <= before) {
                return false;
            }
            before = seq;
        }
        return true;
    }

    private void keep(Entries fresh) {
        chunks.addLast(new Chunk(head + 1, fresh));
        head += fresh.size();
        bytes += fresh.byteSize();
        evictBefore(head - options.capacity() + 1);
        if (bytes > options.bytes()) {
            while (bytes > options.bytesLeft() && oldest < head) {
                evictBefore(oldest + 1);
            }
        }
        Chunk newest = chunks.getLast();
        if (newest.first < oldest) {
            // Copied, because one burst would hold its memory long after most of it was evicted.
            Entries kept = copyOf(newest.entries, (int) (oldest - newest.first));
            chunks.clear();
            chunks.add(new Chunk(oldest, kept));
        }
    }

    private void evictBefore(long offset) {
        while (oldest < offset) {
            Chunk chunk = chunks.getFirst();
            long to = Math.min(offset, chunk.last() + 1);
            bytes -= chunk.bytes(oldest, to);
            oldest = to;
            if (chunk.last() < oldest) {
                chunks.removeFirst();
            }
        }
    }

    Page read(long from, int maxEntries, int maxBytes, long now) {
        dropIfExpired(now);
        RingState state = state(now);
        long first = Math.max(from, oldest);
        if (maxEntries == 0 || first > head) {
            return new Page(state, first, Entries.NONE);
        }
        Entries.Builder entries = new Entries.Builder(1024);
        for (Chunk chunk : chunks) {
            for (long offset = Math.max(first, chunk.first); offset <= chunk.last(); offset++) {
                copy(chunk.entries, (int) (offset - chunk.first), entries);
                if (entries.size() == maxEntries || entries.byteSize() >= maxBytes) {
                    return new Page(state, first, entries.build());
                }
            }
        }
        return new Page(state, first, entries.build());
    }

    RingState clear(long now) {
        dropIfExpired(now);
        if (epoch.isEmpty()) {
            return RingState.NONE;
        }
        chunks.clear();
        bytes = 0;
        oldest = head + 1;
        cleared = head;
        announcements.announce(device, new Announcement.Cleared(epoch, head));
        return state(now);
    }

    RingState state(long now) {
        dropIfExpired(now);
        return epoch.isEmpty() ? RingState.NONE : new RingState(epoch, head, oldest, cleared, "", 0);
    }

    /** Whether the ring is no longer in the map of rings; an append to it would be lost. */
    boolean isRetired() {
        return retired;
    }

    boolean retireIfExpired(long now) {
        dropIfExpired(now);
        retired = epoch.isEmpty();
        return retired;
    }

    private void dropIfExpired(long now) {
        if (epoch.isEmpty() || now - lastAppend < options.timeToLive().toMillis()) {
            return;
        }
        epoch = "";
        head = 0;
        oldest = 1;
        cleared = 0;
        bytes = 0;
        chunks.clear();
        writers.clear();
        producers.clear();
    }

    private static Entries copyOf(Entries entries, int from) {
        Entries kept = entries.slice(from, entries.size());
        return new Entries.Builder(kept.byteSize()).append(kept).build();
    }

    private static void copy(Entries entries, int index, Entries.Builder to) {
        to.append(entries.bytes(), entries.start(index), entries.end(index)).endEntry();
    }
}
