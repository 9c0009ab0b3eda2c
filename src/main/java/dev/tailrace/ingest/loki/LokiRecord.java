package dev.tailrace.ingest.loki;

import dev.tailrace.ingest.records.RecordMapper;
import dev.tailrace.ingest.records.RecordTime;
import dev.tailrace.ingest.records.Records;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One entry of a Loki stream, in either encoding: its time and metadata are set, then it is finished. */
public final class LokiRecord {

    private static final String TIME = "timestamp";
    private static final String LABELS = "labels";

    private final RecordMapper line;
    private Map<String, String> labels = Map.of();
    private @Nullable String wrongLabels;

    final RecordTime time = new RecordTime();

    public LokiRecord(RecordMapper line) {
        this.line = line;
    }

    /** Sets the labels of the entries that follow. */
    void labels(Map<String, String> shared) {
        labels = shared;
        wrongLabels = null;
    }

    /** Sets the labels of the entries that follow, from the notation of Prometheus; empty without any. */
    void labels(String set) {
        if (set.isBlank()) {
            labels(Map.of());
            return;
        }
        try {
            labels(LokiLabels.parse(set));
        } catch (IllegalArgumentException invalid) {
            wrongLabels(String.valueOf(invalid.getMessage()), set);
        }
    }

    /**
     * The labels of the entries that follow cannot be read; the entries are stored if their device is known without.
     *
     * @param text is kept as an attribute
     */
    void wrongLabels(String reason, String text) {
        labels = Map.of(LABELS, text);
        wrongLabels = reason;
    }

    void labelsTooLong() {
        String reason = "the labels of a stream have at most " + Records.MAX_SHARED_BYTES + " bytes";
        wrongLabels(reason, "left out: " + reason);
    }

    void clear() {
        line.attributes.clear();
        time.clear();
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

    void finish(String message) {
        time.keepUnread(TIME, line.attributes);
        labels.forEach(line.attributes::add);
        line.finish(message, time.millis(), null, null, wrongLabels);
    }
}
