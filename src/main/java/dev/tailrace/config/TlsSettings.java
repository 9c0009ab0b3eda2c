package dev.tailrace.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Certificates of the broker and of its clients. */
public record TlsSettings(
        @Nullable String cert,
        @Nullable String key,
        @Nullable String clientCa,
        boolean clientRequired,
        Duration reloadInterval,
        boolean management) {

    static TlsSettings read(SettingReader read) {
        return new TlsSettings(
                read.orNull(Setting.TLS_CERT),
                read.with(Setting.TLS_KEY, Setting.TLS_CERT),
                read.onlyWith(Setting.TLS_CLIENT_CA, Setting.TLS_CERT),
                read.oneOf(Setting.TLS_CLIENT_AUTH, "request", "required").equals("required"),
                read.duration(Setting.TLS_RELOAD_INTERVAL, Duration.ofMillis(10), Duration.ofDays(1)),
                read.flag(Setting.MANAGEMENT_TLS) && read.onlyWith(Setting.MANAGEMENT_TLS, Setting.TLS_CERT) != null);
    }
}
