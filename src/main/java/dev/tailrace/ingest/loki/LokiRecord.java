package dev.tailrace.ingest.loki;

import dev.tailrace.ingest.records.RecordMapper;
import dev.tailrace.ingest.records.Records;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One entry of a Loki stream, in either encoding: its metadata is added, then it is finished. */
public final class LokiRecord {

    private static final long MILLIS_PER_SECOND = 1000;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final RecordMapper line;
    private Map<String, String> labels = Map.of();
    private @Nullable String wrongLabels;

    public LokiRecord(RecordMapper line) {
        this.line = line;
    }

    /** Sets the labels of the entries that follow. */
    void labels(Map<String, String> shared) {
        labels = shared;
        wrongLabels = null;
    }

    void wrongLabels(@Nullable String reason) {
        labels = Map.of();
        wrongLabels = reason;
    }

    void clear() {
        line.attributes.clear();
    }

    void metadata(String name, String value) {
        line.attributes.add(name, value);
    }

    boolean isTooLong(int length) {
        return line.isTooLong(length);
    }

    /** Most bytes of an entry, as sent. */
    int most() {
        return line.most();
    }

    /** As {@link Records.Handler#keep}, for the labels. */
    boolean keep(int bytes) {
        return line.keep(0, bytes);
    }

    void reject(String reason) {
        line.reject(reason);
    }

    void rejectTooLong() {
        line.rejectTooLong();
    }

    void finish(String message, long nanos) {
        finish(message, 0, nanos);
    }

    void finish(String message, long seconds, long nanos) {
        if (wrongLabels != null) {
            line.reject(wrongLabels);
            return;
        }
        labels.forEach(line.attributes::add);
        line.finish(message, millis(seconds, nanos), null);
    }

    /** Null when the sender gave no time. */
    private static @Nullable Long millis(long seconds, long nanos) {
        if (seconds == 0 && nanos == 0) {
            return null;
        }
        // A time out of range becomes the largest number, and is rejected.
        if (seconds > Integer.MAX_VALUE * MILLIS_PER_SECOND || seconds < Integer.MIN_VALUE * MILLIS_PER_SECOND) {
            return Long.MAX_VALUE;
        }
        return seconds * MILLIS_PER_SECOND + Math.floorDiv(nanos, NANOS_PER_MILLI);
    }
}
