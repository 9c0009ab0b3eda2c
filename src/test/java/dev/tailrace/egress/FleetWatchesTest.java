package dev.tailrace.egress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import dev.tailrace.storage.FleetStore;
import dev.tailrace.storage.memory.MemoryFleets;
import dev.tailrace.testing.FleetsOf;
import dev.tailrace.testing.RunningBroker;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When fleets are read from storage, and which streams get the answer. */
final class FleetWatchesTest {

    private static final FleetId EU = new FleetId("eu");
    private static final FleetId US = new FleetId("us");
    private static final DeviceId PUMP = new DeviceId("pump");
    private static final DeviceId LAMP = new DeviceId("lamp");

    private final Asked storage = new Asked(new MemoryFleets());
    private final Vertx vertx = Vertx.vertx();
    private final FleetWatches watches = new FleetWatches(vertx, storage, 100);
    private final List<List<DeviceId>> heard = new ArrayList<>();

    private static final class Asked extends FleetsOf {
        final FleetStore kept;
        int versions;
        int lists;

        @Nullable
        Promise<String> held;

        Asked(FleetStore kept) {
            super(kept);
            this.kept = kept;
        }

        @Override
        public Future<List<DeviceId>> devicesOf(FleetId fleet, @Nullable DeviceId after, int most) {
            lists++;
            return super.devicesOf(fleet, after, most);
        }

        @Override
        public Future<String> version() {
            versions++;
            return held == null ? super.version() : held.future();
        }
    }

    @AfterEach
    void stop() {
        RunningBroker.await(vertx.close());
    }

    /** On one event loop, so that its timer does not run in between. */
    private void on(Runnable test) {
        Promise<Void> done = Promise.promise();
        vertx.runOnContext(nothing -> {
            try {
                test.run();
                done.complete();
            } catch (Throwable failed) {
                done.fail(failed);
            }
        });
        RunningBroker.await(done.future());
    }

    @Test
    void nothingChanged_storageIsAskedOneQuestion_howeverManyFleets() {
        on(() -> {
            storage.assign(PUMP, EU, 10);
            watches.join(EU, heard::add);
            watches.join(EU, devices -> {});
            watches.join(US, devices -> {});
            watches.look();
            assertThat(storage.lists).isEqualTo(2);
            watches.look();
            watches.look();
            assertThat(storage.lists).isEqualTo(2);
            assertThat(storage.versions).isEqualTo(3);
            assertThat(heard).containsExactly(List.of(PUMP));
        });
    }

    @Test
    void membershipChanged_isReported() {
        on(() -> {
            watches.join(EU, heard::add);
            watches.look();
            storage.assign(PUMP, EU, 10);
            watches.look();
            storage.assign(LAMP, EU, 10);
            storage.assign(PUMP, US, 10);
            watches.look();
            assertThat(heard).containsExactly(List.of(), List.of(PUMP), List.of(LAMP));
        });
    }

    @Test
    void streamThatJoinsLater_getsWhatIsKnown_butNothingOlderThanItself() {
        on(() -> {
            storage.assign(PUMP, EU, 10);
            watches.join(EU, devices -> {});
            watches.look();
            storage.held = Promise.promise();
            watches.look();
            watches.join(EU, heard::add);
            storage.held.complete(storage.kept.version().result());
            assertThat(heard).isEmpty();
            storage.held = null;
            watches.look();
            assertThat(heard).containsExactly(List.of(PUMP));
            assertThat(storage.lists).isOne();
        });
    }

    @Test
    void storageUnavailable_isAskedAgainTheNextTime() {
        on(() -> {
            watches.join(EU, heard::add);
            storage.held = Promise.promise();
            watches.look();
            watches.look();
            assertThat(storage.versions).as("one question at a time").isOne();
            storage.held.fail("unavailable");
            storage.held = null;
            watches.look();
            assertThat(heard).containsExactly(List.of());
        });
    }
}
