package dev.tailrace.config;

import org.jspecify.annotations.Nullable;

/**
 * GELF over TCP and UDP.
 *
 * @param port 0 for any free one; null when it is off
 * @param insecure whether it is accepted although the other inputs require credentials
 */
public record GelfSettings(@Nullable Integer port, boolean insecure) {

    static GelfSettings read(SettingReader read) {
        return new GelfSettings(
                read.orNull(Setting.GELF_PORT) == null ? null : read.integer(Setting.GELF_PORT, 0, 65535),
                read.flag(Setting.GELF_INSECURE));
    }
}
