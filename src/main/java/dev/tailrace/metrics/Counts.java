package dev.tailrace.metrics;

import java.util.concurrent.atomic.LongAdder;

/** The counters of one metric, one for each value of its label. Thread-safe. */
public final class Counts<K extends Enum<K>> {

    private final LongAdder[] byOrdinal;

    Counts(LongAdder[] byOrdinal) {
        this.byOrdinal = byOrdinal;
    }

    public void increment(K key) {
        add(key, 1);
    }

    public void add(K key, long count) {
        byOrdinal[key.ordinal()].add(count);
    }
}
