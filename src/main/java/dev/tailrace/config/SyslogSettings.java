package dev.tailrace.config;

import java.time.Duration;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/** Syslog over TCP, TLS and UDP. */
public record SyslogSettings(
        @Nullable Integer port, @Nullable Integer tlsPort, ZoneId zone, boolean insecure, Duration idle) {

    static SyslogSettings read(SettingReader read) {
        return new SyslogSettings(
                read.orNull(Setting.SYSLOG_PORT) == null ? null : read.integer(Setting.SYSLOG_PORT, 0, 65535),
                read.onlyWith(Setting.SYSLOG_TLS_PORT, Setting.TLS_CERT) == null
                        ? null
                        : read.integer(Setting.SYSLOG_TLS_PORT, 0, 65535),
                read.zone(Setting.SYSLOG_ZONE),
                read.flag(Setting.SYSLOG_INSECURE),
                read.duration(Setting.SYSLOG_IDLE, Duration.ofMillis(100), Duration.ofDays(365)));
    }
}
