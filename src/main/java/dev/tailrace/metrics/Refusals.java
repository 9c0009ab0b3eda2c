package dev.tailrace.metrics;

/** Counts what the broker refuses because a limit was exceeded. All rooms share it, because it is one metric of the process. Thread-safe. */
public final class Refusals {

    private final Counts<Limit> refused;

    Refusals(Metrics metrics) {
        refused = metrics.counters(
                "tailrace.refused",
                "Connections and requests refused, by the setting that limits them",
                "limit",
                Limit.class,
                Limit::label);
    }

    public void refused(Limit limit) {
        refused.increment(limit);
    }
}
