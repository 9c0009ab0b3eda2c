package dev.tailrace.config;

/** Attributes of OpenTelemetry logs and labels of Loki pushes that name fields of a line. */
public record RecordSettings(String otlpDevice, String lokiDevice, String lokiService, String lokiLevel) {

    static RecordSettings read(SettingReader read) {
        return new RecordSettings(
                read.text(Setting.OTLP_DEVICE),
                read.text(Setting.LOKI_DEVICE),
                read.text(Setting.LOKI_SERVICE),
                read.text(Setting.LOKI_LEVEL));
    }
}
