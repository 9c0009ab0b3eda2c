package dev.tailrace.config;

import java.time.Duration;

/** balena's device API and SDK. */
public record BalenaSettings(Duration processingInterval, boolean api) {

    static BalenaSettings read(SettingReader read) {
        return new BalenaSettings(
                read.duration(Setting.BALENA_PROCESSING_INTERVAL, Duration.ZERO, Duration.ofHours(1)),
                read.flag(Setting.BALENA_API));
    }
}
