package dev.tailrace.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.ref.WeakReference;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
final class MetricsTest {

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Metrics metrics = new Metrics(registry);

    private enum Colour {
        RED,
        GREEN
    }

    private double counted(String name) {
        return registry.get(name).functionCounter().count();
    }

    @Test
    void counter_hasTheSum() {
        LongAdder counter = metrics.counter("some", "Some");
        counter.add(3);
        counter.increment();
        assertThat(counted("some")).isEqualTo(4);
    }

    @Test
    void counterOfAnotherObject_isReadAfterAGarbageCollection_alsoWhereOnlyTheRegistryIsKept() {
        AtomicLong elsewhere = new AtomicLong();
        var kept = new SimpleMeterRegistry();
        new Metrics(kept).counter("some", "Some", elsewhere::get);
        var collected = new WeakReference<>(new Object());
        await().until(() -> {
            System.gc();
            return collected.get() == null;
        });
        elsewhere.set(5);
        assertThat(kept.get("some").functionCounter().count()).isEqualTo(5);
    }

    @Test
    void counters_countEachKeyAlone() {
        Counts<Colour> colours = metrics.counters("some", "Some", "colour", Colour.class, Colour::name);
        colours.increment(Colour.GREEN);
        colours.add(Colour.GREEN, 2);
        assertThat(registry.get("some").tag("colour", "GREEN").functionCounter().count())
                .isEqualTo(3);
        assertThat(registry.get("some").tag("colour", "RED").functionCounter().count())
                .isZero();
    }

    @Test
    void metricRegisteredTwice_isRefused() {
        metrics.counter("some", "Some");
        assertThatThrownBy(() -> metrics.counter("some", "Some")).isInstanceOf(IllegalStateException.class);
        metrics.gauge("other", "Other", "port", "one", () -> 0);
        metrics.gauge("other", "Other", "port", "two", () -> 0);
        assertThatThrownBy(() -> metrics.gauge("other", "Other", "port", "one", () -> 0))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void negativeDuration_countsAsNothing() {
        Timing timing = metrics.timer("some", "Some");
        timing.nanos(-5);
        timing.nanos(7);
        var timer = registry.get("some").timer();
        assertThat(timer.count()).isEqualTo(2);
        assertThat(timer.totalTime(TimeUnit.NANOSECONDS)).isEqualTo(7);
    }
}
