package dev.tailrace.config;

/** How many devices there may be, and how much each of them and each fleet may send in a second. */
public record RateSettings(int maxDevices, long deviceLines, long deviceBytes, long fleetLines, long fleetBytes) {

    static RateSettings read(SettingReader read) {
        return new RateSettings(
                read.integer(Setting.MAX_DEVICES, 0, 100_000_000),
                read.integer(Setting.DEVICE_LINES, 0, 1_000_000_000),
                read.bytes(Setting.DEVICE_BYTES, 0, 1L << 40),
                read.integer(Setting.FLEET_LINES, 0, 1_000_000_000),
                read.bytes(Setting.FLEET_BYTES, 0, 1L << 40));
    }
}
