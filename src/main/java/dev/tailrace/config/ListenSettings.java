package dev.tailrace.config;

/** Where the broker listens. */
public record ListenSettings(String host, int port, String managementHost, int managementPort) {

    static ListenSettings read(SettingReader read) {
        String host = read.text(Setting.HOST);
        String managementHost = read.orNull(Setting.MANAGEMENT_HOST);
        return new ListenSettings(
                host,
                read.integer(Setting.PORT, 0, 65535),
                managementHost == null ? host : managementHost,
                read.integer(Setting.MANAGEMENT_PORT, 0, 65535));
    }
}
