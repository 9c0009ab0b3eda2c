package dev.tailrace.config;

import java.time.Duration;

/** Readiness and shutdown. */
public record DrainSettings(boolean readyWithoutStorage, Duration time, Duration delay) {

    static DrainSettings read(SettingReader read) {
        return new DrainSettings(
                read.flag(Setting.READY_WITHOUT_STORAGE),
                read.duration(Setting.DRAIN_TIME, Duration.ZERO, Duration.ofHours(1)),
                read.duration(Setting.DRAIN_DELAY, Duration.ZERO, Duration.ofHours(1)));
    }
}
