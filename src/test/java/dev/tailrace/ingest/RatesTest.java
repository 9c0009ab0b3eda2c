package dev.tailrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.ingest.Rates.Share;
import dev.tailrace.metrics.Metrics;
import dev.tailrace.model.DeviceId;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class RatesTest {

    private static final DeviceId DEVICE = new DeviceId("d");
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final IngestMeters meters = new IngestMeters(new Metrics(registry));
    private long now = Long.MAX_VALUE - SECOND; // it may overflow, as the clock may

    private Rates of(Share device, Share fleet) {
        return new Rates(device, fleet, meters, () -> now);
    }

    private double slowed(String limit) {
        return registry.get("tailrace.slowed")
                .tag("limit", limit)
                .functionCounter()
                .count();
    }

    @Test
    void whatASecondAllows_costsNothing_andWhatIsMoreHasToBeWaitedFor() {
        Rates rates = of(new Share(100, 0), new Share(0, 0));
        assertThat(rates.takeOfDevice(DEVICE, 100, 0)).isZero();
        assertThat(slowed("device-lines")).isZero();
        assertThat(rates.takeOfDevice(DEVICE, 50, 0)).isEqualTo(SECOND / 2);
        assertThat(slowed("device-lines")).isEqualTo(1);
        now += SECOND / 4;
        assertThat(rates.takeOfDevice(DEVICE, 0, 0)).isEqualTo(SECOND / 4);
        now += SECOND / 4;
        assertThat(rates.takeOfDevice(DEVICE, 0, 0)).isZero();
        assertThat(rates.takeOfDevice(DEVICE, 1, 0)).isEqualTo(SECOND / 100);
        assertThat(slowed("device-lines")).isEqualTo(2);
    }

    @Test
    void bytes_countAsLinesDo() {
        Rates rates = of(new Share(100, 1000), new Share(0, 0));
        assertThat(rates.takeOfDevice(DEVICE, 1, 3000)).isEqualTo(2 * SECOND);
        assertThat(slowed("device-bytes")).isEqualTo(1);
        assertThat(slowed("device-lines")).isZero();
    }

    @Test
    void silence_savesUpForOneSecondOnly() {
        Rates rates = of(new Share(100, 0), new Share(0, 0));
        rates.takeOfDevice(DEVICE, 100, 0);
        now += 100 * SECOND;
        assertThat(rates.takeOfDevice(DEVICE, 200, 0)).isEqualTo(SECOND);
    }

    @Test
    void oneDevice_doesNotSlowAnother_butAllOfAFleetShare() {
        Rates rates = of(new Share(100, 0), new Share(100, 0));
        rates.takeOfDevice(DEVICE, 200, 0);
        assertThat(rates.takeOfDevice(new DeviceId("other"), 100, 0)).isZero();
        assertThat(rates.takeOfFleet("f", 100, 0)).isZero();
        assertThat(rates.takeOfFleet("f", 100, 0)).isEqualTo(SECOND);
        assertThat(rates.takeOfFleet("g", 100, 0)).isZero();
        assertThat(rates.takeOfFleet(null, 1000, 0)).isZero();
        assertThat(slowed("fleet-lines")).isEqualTo(1);
    }

    @Test
    void sweep_forgetsFullBuckets_andNoOthers() {
        Rates rates = of(new Share(100, 0), new Share(100, 0));
        rates.takeOfDevice(DEVICE, 200, 0);
        rates.takeOfDevice(new DeviceId("other"), 1, 0);
        rates.takeOfFleet("f", 1, 0);
        now += SECOND;
        rates.sweep();
        assertThat(rates.size()).isEqualTo(1);
        assertThat(rates.takeOfDevice(DEVICE, 1, 0)).isPositive();
    }

    @Test
    void fewLines_areTakenTogether_butNeverMoreThanAFractionOfASecond() {
        assertThat(of(new Share(100, 0), new Share(0, 0)).isWorthTaking(1, 0)).isTrue();
        Rates rates = of(new Share(12_800, 1_280_000), new Share(1_280_000, 0));
        assertThat(rates.isWorthTaking(99, 9_999)).isFalse();
        assertThat(rates.isWorthTaking(100, 0)).isTrue();
        assertThat(rates.isWorthTaking(0, 10_000)).isTrue();
        assertThat(of(new Share(0, 0), new Share(0, 0)).isWorthTaking(1_000_000, 1 << 30))
                .isFalse();
    }

    @Test
    void withoutLimits_nothingIsRemembered() {
        Rates rates = of(new Share(0, 0), new Share(0, 0));
        assertThat(rates.takeOfDevice(DEVICE, Integer.MAX_VALUE, Long.MAX_VALUE))
                .isZero();
        assertThat(rates.size()).isZero();
        assertThat(rates.areLimited()).isFalse();
    }
}
