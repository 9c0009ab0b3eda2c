package dev.tailrace.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.DeviceDirectory.Sightings;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A broker reports changes of its devices, and nothing about silent ones. */
@Tag("unit")
final class ActivityTest {

    private static final DeviceId PUMP = new DeviceId("pump");
    private static final DeviceId LAMP = new DeviceId("lamp");

    private final Activity activity = new Activity();

    private Sightings tick() {
        activity.tick(2);
        return activity.sightings();
    }

    private static void assertNothing(Sightings seen) {
        assertThat(List.of(seen.active(), seen.joined(), seen.left())).allMatch(Collection::isEmpty);
    }

    @Test
    void deviceThatConnects_joins_isSilent_andLeaves() {
        activity.connected(PUMP);
        activity.connected(PUMP);
        assertThat(tick().joined()).containsExactly(PUMP);
        assertNothing(tick());
        activity.disconnected(PUMP);
        assertNothing(tick());
        activity.disconnected(PUMP);
        assertThat(tick().left()).containsExactly(PUMP);
        assertNothing(tick());
    }

    @Test
    void deviceThatIsConnected_andWrites_isNotReportedForIt() {
        activity.connected(PUMP);
        tick();
        activity.stored(PUMP, 10, 100);
        assertNothing(tick());
        assertThat(activity.of(PUMP).linesPerSecond()).isEqualTo(5);
        assertThat(activity.of(PUMP).bytesPerSecond()).isEqualTo(50);
        tick();
        assertThat(activity.of(PUMP).linesPerSecond()).isZero();
    }

    @Test
    void deviceThatWritesWithoutAConnection_isReportedAtOnce_andThenNowAndThen() {
        int reported = 0;
        for (int i = 0; i < 10; i++) {
            activity.stored(PUMP, 1, 1);
            Collection<DeviceId> active = tick().active();
            assertThat(i > 0 || !active.isEmpty()).isTrue();
            reported += active.size();
        }
        assertThat(reported).isEqualTo(2);
        tick();
        tick();
        activity.stored(PUMP, 1, 1);
        assertThat(tick().active()).as("after a silence").containsExactly(PUMP);
    }

    @Test
    void deviceThatConnectedAndLeft_isNotReported() {
        activity.connected(PUMP);
        activity.disconnected(PUMP);
        assertNothing(tick());
    }

    @Test
    void whatCouldNotBeReported_isReportedAgain_asItIsThen() {
        activity.connected(PUMP);
        activity.stored(LAMP, 1, 1);
        Sightings lost = tick();
        activity.disconnected(PUMP);
        activity.notReported(lost);
        Sightings again = tick();
        assertThat(again.active()).containsExactly(LAMP);
        assertThat(again.joined()).isEmpty();
        assertThat(again.left()).containsExactly(PUMP);
    }

    @Test
    void connectedDevices_areReturnedOnRequest() {
        activity.connected(PUMP);
        activity.stored(LAMP, 1, 1);
        Sightings seen = tick();
        assertThat(seen.connected().get()).containsExactly(PUMP);
    }
}
