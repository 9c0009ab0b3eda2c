package dev.tailrace.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tailrace.config.Settings.InvalidSettingException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Reading of settings, and errors that name the wrong one. */
@Tag("unit")
class SettingsTest {

    @Test
    void withoutOptions_isTheDefault() {
        Settings settings = Settings.read(Map.of(), Map.of());
        assertThat(settings.listen().host()).isEqualTo("127.0.0.1");
        assertThat(settings.listen().managementHost()).isEqualTo("127.0.0.1");
        assertThat(settings.listen().port()).isEqualTo(8080);
        assertThat(settings.storage().redis()).isNull();
        assertThat(settings.storage().ringCapacity()).isEqualTo(1000);
        assertThat(settings.storage().ringTtl()).isEqualTo(Duration.ofDays(30));
        assertThat(settings.ingest().pendingBytes()).isEqualTo(64 << 20);
        assertThat(settings.sockets().eventLoops()).isPositive();
        assertThat(settings.auth().insecure()).isFalse();
    }

    @Test
    void option_overridesTheEnvironment() {
        Settings settings =
                Settings.read(Map.of(Setting.PORT, "1"), Map.of("TAILRACE_PORT", "2", "TAILRACE_MANAGEMENT_PORT", "3"));
        assertThat(settings.listen().port()).isEqualTo(1);
        assertThat(settings.listen().managementPort()).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({
        "PORT,65536",
        "PORT,http",
        "RING_CAPACITY,0",
        "RING_TTL,30",
        "RING_TTL,30 days",
        "INGEST_PENDING_BYTES,64MB",
        "INSECURE,yes",
        "REDIS_TIMEOUT,0s",
        "EVENT_LOOPS,-1",
        "STREAM_BYTES,9999999999999999999",
        "TLS_KEY,key.pem",
        "TLS_CLIENT_CA,ca.pem",
        "TLS_CLIENT_AUTH,none",
        "MANAGEMENT_TLS,true",
        "AUTH_CERTIFICATE_DEVICE,cn",
        "HTTP2_STREAMS,0",
        "HTTP2_RESETS,0"
    })
    void wrongValue_namesItsKeys(Setting setting, String value) {
        assertThatThrownBy(() -> Settings.read(Map.of(), Map.of(setting.variable(), value)))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("--" + setting.option())
                .hasMessageContaining(setting.variable())
                .hasMessageContaining("must be");
    }
}
