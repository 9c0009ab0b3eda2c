package dev.tailrace.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tailrace.metrics.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.util.internal.OutOfDirectMemoryError;
import java.lang.reflect.Constructor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Which exceptions end one reader, and which have to end the process. */
@Tag("unit")
final class FailuresTest {

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Failures failures = new Failures(new BrokerMeters(new Metrics(registry)), () -> 0);

    private double ended() {
        return registry.get("tailrace.subscribers.evicted")
                .tag("reason", "failed")
                .functionCounter()
                .count();
    }

    @Test
    void exhaustedHeap_isThrownOn_afterItWasCounted() {
        OutOfMemoryError exhausted = new OutOfMemoryError("Java heap space");
        assertThatThrownBy(() -> failures.ofReader(exhausted)).isSameAs(exhausted);
        assertThatThrownBy(() -> failures.ofFeed(exhausted)).isSameAs(exhausted);
        assertThatThrownBy(() -> failures.ofSender(exhausted)).isSameAs(exhausted);
        assertThat(ended()).isEqualTo(1);
        assertThat(Failures.isExhaustedHeap(new OutOfMemoryError())).isTrue();
    }

    @Test
    void lackOfMemoryOutsideTheHeap_concernsOneReader() {
        failures.ofReader(new OutOfMemoryError("Cannot reserve 9 bytes of direct buffer memory"));
        failures.ofReader(outOfDirectMemory());
        failures.ofReader(new StackOverflowError());
        assertThat(ended()).isEqualTo(3);
    }

    /** The error as Netty throws it; its message does not name the kind of memory. */
    private static OutOfMemoryError outOfDirectMemory() {
        try {
            Constructor<OutOfDirectMemoryError> made =
                    OutOfDirectMemoryError.class.getDeclaredConstructor(String.class);
            made.setAccessible(true);
            return made.newInstance("failed to allocate 9 byte(s)");
        } catch (ReflectiveOperationException changed) {
            throw new AssertionError(changed);
        }
    }
}
