package dev.tailrace.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.model.DeviceId;
import io.vertx.core.Future;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class DeviceSelectionTest {

    private static final DeviceSelection.Access ALL_BUT_HIDDEN =
            (device, fleet) -> Future.succeededFuture(!device.value().startsWith("hidden"));

    private static DeviceSelection.Page page(int most, String... names) {
        List<ListedDevice> devices = Stream.of(names)
                .map(name -> new ListedDevice(new DeviceId(name), null, null, true, 1, 1))
                .toList();
        return DeviceSelection.of(devices.iterator(), any -> true, ALL_BUT_HIDDEN, most)
                .result();
    }

    private static List<String> names(DeviceSelection.Page page) {
        return page.devices().stream().map(listed -> listed.device().value()).toList();
    }

    @Test
    void devicesThatTheCallerMayNotSee_takeNoPlaceInAPage() {
        DeviceSelection.Page page = page(2, "hidden-1", "hidden-2", "a", "hidden-3", "b", "c");
        assertThat(names(page)).containsExactly("a", "b");
        assertThat(page.next()).isEqualTo(new DeviceId("b"));
    }

    @Test
    void lastPage_hasNoNext() {
        DeviceSelection.Page page = page(2, "a", "b");
        assertThat(names(page)).containsExactly("a", "b");
        assertThat(page.next()).isNull();
    }
}
