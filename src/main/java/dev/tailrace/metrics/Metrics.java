package dev.tailrace.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Registers the metrics of one broker. Each room has a class of its own for its metrics, which is made once and called from all event
 * loops. A metric is named for the question of an operator, and no label has the name of a device. Registering one twice fails with an
 * {@link IllegalStateException}, because the second would never be read.
 */
public final class Metrics {

    private static final Duration[] BUCKETS = {
        Duration.ofNanos(500_000),
        Duration.ofMillis(1),
        Duration.ofMillis(2),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(20),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5)
    };

    private final MeterRegistry registry;
    private final Refusals refusals;

    /**
     * What counters read, because Micrometer keeps weak references to it only. The registry keeps this map, so that
     * counters count for as long as they are registered.
     */
    private final Map<Meter.Id, LongSupplier> counted = new ConcurrentHashMap<>();

    public Metrics(MeterRegistry registry) {
        this.registry = registry;
        registry.config().onMeterRemoved(removed -> counted.remove(removed.getId()));
        this.refusals = new Refusals(this);
    }

    /** The counters of exceeded limits, which all rooms share. */
    public Refusals refusals() {
        return refusals;
    }

    /** Registers a counter and returns what to add to. */
    public LongAdder counter(String name, String help) {
        LongAdder count = new LongAdder();
        counter(name, help, count::sum);
        return count;
    }

    /** Registers a counter whose value is kept elsewhere. */
    public void counter(String name, String help, LongSupplier value) {
        counter(name, help, Tags.empty(), value);
    }

    private void counter(String name, String help, Tags tags, LongSupplier value) {
        requireNew(name, tags);
        FunctionCounter counter = FunctionCounter.builder(name, value, LongSupplier::getAsLong)
                .description(help)
                .tags(tags)
                .register(registry);
        counted.put(counter.getId(), value);
    }

    private void requireNew(String name, Tags tags) {
        if (registry.find(name).tags(tags).meter() != null) {
            throw new IllegalStateException(name + " is registered twice");
        }
    }

    /** Registers a counter for each of the keys, whose labels are the values of the tag. */
    public <K extends Enum<K>> Counts<K> counters(
            String name, String help, String tag, Class<K> keys, Function<K, String> label) {
        K[] all = keys.getEnumConstants();
        LongAdder[] counts = new LongAdder[all.length];
        for (K key : all) {
            LongAdder count = new LongAdder();
            counter(name, help, Tags.of(tag, label.apply(key)), count::sum);
            counts[key.ordinal()] = count;
        }
        return new Counts<>(counts);
    }

    public void gauge(String name, String help, LongSupplier value) {
        gauge(name, help, Tags.empty(), value);
    }

    /** Registers a gauge for one value of a tag; the others have the same name and help. */
    public void gauge(String name, String help, String tag, String tagValue, LongSupplier value) {
        gauge(name, help, Tags.of(tag, tagValue), value);
    }

    private void gauge(String name, String help, Tags tags, LongSupplier value) {
        requireNew(name, tags);
        Gauge.builder(name, value::getAsLong).description(help).tags(tags).register(registry);
    }

    /** Registers a histogram of durations; its name in Prometheus ends in {@code _seconds}. */
    public Timing timer(String name, String help) {
        requireNew(name, Tags.empty());
        return new Timing(Timer.builder(name)
                .description(help)
                .serviceLevelObjectives(BUCKETS)
                .register(registry));
    }
}
