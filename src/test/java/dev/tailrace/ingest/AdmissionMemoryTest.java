package dev.tailrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.auth.Identity;
import dev.tailrace.auth.Permission;
import dev.tailrace.model.DeviceId;
import dev.tailrace.testing.TestIdentity;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The memory for a sender that invents names of devices. */
@Tag("unit")
class AdmissionMemoryTest {

    private final List<DeviceId> asked = new ArrayList<>();

    private final Identity identity = new TestIdentity() {
        @Override
        public Future<Boolean> may(Permission permission, DeviceId device) {
            asked.add(device);
            return Future.succeededFuture(false);
        }
    };

    private final Admission admission = new Admission(identity, () -> {}, cause -> {
        throw new AssertionError(cause);
    });

    private void ask(int device) {
        admission.ask(new DeviceId("d" + device), may -> assertThat(may).isFalse());
    }

    @Test
    void inventedDevices_areForgotten_andUsedDevicesAreAskedAboutOnce() {
        int many = 10 * Admission.MAX_DEVICES;
        for (int i = 1; i <= many; i++) {
            ask(0);
            ask(i);
        }
        assertThat(asked).hasSize(many + 1).doesNotHaveDuplicates();

        ask(1);
        assertThat(asked).hasSize(many + 2).endsWith(new DeviceId("d1"));
    }
}
