package dev.tailrace.ingest.gelf;

import dev.tailrace.metrics.Counts;
import dev.tailrace.metrics.Metrics;

/** The metrics of the GELF port. Called from all event loops. */
public final class GelfMeters {

    private final Counts<Chunk> dropped;

    /** Why a chunk of a message was of no use. */
    enum Chunk {
        /** Other chunks of its message did not come in time, or there was no room for them; counted once per message. */
        INCOMPLETE("incomplete"),
        /** It had come before. */
        DUPLICATE("duplicate"),
        /** Its header is wrong. */
        INVALID("invalid");

        private final String label;

        Chunk(String label) {
            this.label = label;
        }
    }

    public GelfMeters(Metrics metrics) {
        dropped = metrics.counters(
                "tailrace.gelf.chunks.dropped",
                "Chunks of GELF messages of which nothing was stored",
                "reason",
                Chunk.class,
                chunk -> chunk.label);
    }

    /** A chunk was of no use. */
    void dropped(Chunk chunk) {
        dropped.increment(chunk);
    }
}
