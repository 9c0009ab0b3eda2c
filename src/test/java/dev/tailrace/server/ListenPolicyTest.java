package dev.tailrace.server;

import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import dev.tailrace.config.Setting;
import dev.tailrace.config.Settings;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("unit")
final class ListenPolicyTest {

    private static final String SECRET = "a secret that nobody guesses";

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.1.2.3", "localhost", "::1"})
    void loopback_needsNoCredentials(String host) {
        assertThatNoException().isThrownBy(() -> check(Map.of(Setting.HOST, host)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.1"})
    void otherAddress_withoutCredentials_isRefused(String host) {
        assertThatIllegalStateException()
                .isThrownBy(() -> check(Map.of(Setting.HOST, host)))
                .withMessageContaining("--insecure")
                .withMessageContaining("--auth-admin-token");
    }

    @Test
    void otherAddressOfTheManagementPort_withoutCredentials_isRefused() {
        assertThatIllegalStateException().isThrownBy(() -> check(Map.of(Setting.MANAGEMENT_HOST, "0.0.0.0")));
    }

    @Test
    void otherAddress_withCredentialsOrInsecure_isAccepted() {
        check(Map.of(Setting.HOST, "0.0.0.0", Setting.AUTH_ADMIN_TOKEN, SECRET));
        check(Map.of(Setting.HOST, "0.0.0.0", Setting.INSECURE, "true"));
    }

    @Test
    void gelf_besideInputsWithCredentials_isRefused() {
        Map<Setting, String> open =
                Map.of(Setting.HOST, "0.0.0.0", Setting.AUTH_ADMIN_TOKEN, SECRET, Setting.GELF_PORT, "12201");
        assertThatIllegalStateException().isThrownBy(() -> check(open)).withMessageContaining("--gelf-insecure");
        Map<Setting, String> said = new HashMap<>(open);
        said.put(Setting.GELF_INSECURE, "true");
        check(said);
        Map<Setting, String> local = new HashMap<>(open);
        local.put(Setting.HOST, "127.0.0.1");
        check(local);
    }

    @Test
    void syslog_besideInputsWithCredentials_isRefused() {
        Map<Setting, String> open =
                Map.of(Setting.HOST, "0.0.0.0", Setting.AUTH_ADMIN_TOKEN, SECRET, Setting.SYSLOG_PORT, "5514");
        assertThatIllegalStateException().isThrownBy(() -> check(open)).withMessageContaining("--syslog-insecure");
        Map<Setting, String> said = new EnumMap<>(open);
        said.put(Setting.SYSLOG_INSECURE, "true");
        check(said);
    }

    @Test
    void syslogOverTls_besideInputsWithCredentials_requiresCertificatesOfItsSenders() {
        Map<Setting, String> open = new EnumMap<>(Map.of(
                Setting.HOST, "0.0.0.0",
                Setting.AUTH_ADMIN_TOKEN, SECRET,
                Setting.SYSLOG_TLS_PORT, "6514",
                Setting.TLS_CERT, "cert.pem",
                Setting.TLS_KEY, "key.pem",
                Setting.TLS_CLIENT_CA, "ca.pem"));
        assertThatIllegalStateException().isThrownBy(() -> check(open)).withMessageContaining("--syslog-tls-port");
        Map<Setting, String> required = new EnumMap<>(open);
        required.put(Setting.TLS_CLIENT_AUTH, "required");
        check(required);
        required.put(Setting.SYSLOG_PORT, "5514");
        assertThatIllegalStateException().isThrownBy(() -> check(required));
        open.put(Setting.SYSLOG_INSECURE, "true");
        check(open);
    }

    private static void check(Map<Setting, String> settings) {
        ListenPolicy.requireSafe(Settings.read(settings));
    }
}
