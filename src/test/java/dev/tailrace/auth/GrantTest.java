package dev.tailrace.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.tailrace.model.DeviceId;
import io.vertx.core.Future;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("unit")
final class GrantTest {

    private static final DeviceId DEVICE = new DeviceId("press-7");
    private static final DeviceId OTHER = new DeviceId("press-8");

    @ParameterizedTest
    @ValueSource(strings = {"logs:read@*", "logs:write@device/press-7", "logs:clear@fleet/eu", "admin@*"})
    void grant_isParsedFromItsText(String text) {
        assertThat(Grant.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "@",
                "logs:read",
                "read@*",
                "logs:read@",
                "logs:read@press-7",
                "logs:read@device/",
                "logs:read@device/a b",
                "logs:read@town/a"
            })
    void otherText_isRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Grant.parse(text));
    }

    @Test
    void deviceGrant_coversThatDeviceOnly() {
        Identity one = identity("logs:read@device/press-7");
        assertThat(one.may(Permission.LOGS_READ, DEVICE).result()).isTrue();
        assertThat(one.may(Permission.LOGS_WRITE, DEVICE).result()).isFalse();
        assertThat(one.may(Permission.LOGS_READ, OTHER).result()).isFalse();
        assertThat(one.mayEverywhere(Permission.LOGS_READ)).isFalse();
    }

    @Test
    void fleetGrant_coversItsDevicesOnly() {
        Identity one = identity("logs:read@fleet/eu");
        assertThat(one.may(Permission.LOGS_READ, DEVICE).result()).isTrue();
        assertThat(one.may(Permission.LOGS_READ, OTHER).result()).isFalse();
        assertThat(one.canChange()).isTrue();
    }

    @Test
    void admin_mayEverything() {
        Identity admin = identity("admin@*");
        for (Permission permission : Permission.values()) {
            assertThat(admin.may(permission, DEVICE).result()).isTrue();
            assertThat(admin.mayEverywhere(permission)).isTrue();
        }
    }

    private static Identity identity(String grant) {
        Fleets fleets = device -> Future.succeededFuture(device.equals(DEVICE) ? "eu" : "us");
        return new GrantedIdentity("somebody", List.of(), Identity.NEVER, List.of(Grant.parse(grant)), fleets);
    }
}
