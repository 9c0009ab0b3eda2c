package dev.tailrace.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * docs/SETTINGS.md, whose tables are made from {@link Setting}: one table per subject, in the order of the enum. Text
 * outside the two marks is written by hand and kept.
 */
final class SettingsPage {

    static final Path FILE = Path.of("docs/SETTINGS.md");

    private static final String BEGIN = "<!-- settings: generated from dev.tailrace.config.Setting -->\n";
    private static final String END = "<!-- end of settings -->\n";

    /** A subject begins with its first setting and ends before the first setting of the next subject. */
    private enum Subject {
        ADDRESSES("Addresses and ports", Setting.HOST),
        TLS("TLS", Setting.TLS_CERT),
        CONNECTIONS("Connections and requests", Setting.CONNECTIONS),
        CREDENTIALS("Credentials, host names and origins", Setting.INSECURE),
        STORAGE("Storage", Setting.REDIS),
        INGEST("Lines in: memory and sizes", Setting.INGEST_WINDOW_LINES),
        RATES("Devices and rates", Setting.MAX_DEVICES),
        SYSLOG("Syslog", Setting.SYSLOG_PORT),
        GELF("GELF", Setting.GELF_PORT),
        LINES("Lines in JSON", Setting.LINE_MESSAGE),
        RECORDS("OpenTelemetry and Loki", Setting.OTLP_DEVICE),
        STREAMS("Streams to readers", Setting.STREAM_HEARTBEAT),
        BALENA("balena", Setting.BALENA_PROCESSING_INTERVAL),
        SOCKETS("Event loops and socket buffers", Setting.EVENT_LOOPS),
        LIFECYCLE("Readiness and shutdown", Setting.READY_WITHOUT_STORAGE);

        private final String title;
        private final Setting first;

        Subject(String title, Setting first) {
            this.title = title;
            this.first = first;
        }

        private List<Setting> settings() {
            int end =
                    ordinal() + 1 < values().length ? values()[ordinal() + 1].first.ordinal() : Setting.values().length;
            return Arrays.asList(Setting.values()).subList(first.ordinal(), end);
        }
    }

    private SettingsPage() {}

    /** The page with new tables. */
    static String fresh() throws IOException {
        String now = Files.readString(FILE);
        int begin = now.indexOf(BEGIN);
        int end = now.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new IllegalStateException(FILE + " must contain the marks " + BEGIN + "and " + END);
        }
        return now.substring(0, begin) + BEGIN + tables() + "\n" + now.substring(end);
    }

    private static String tables() {
        StringBuilder text = new StringBuilder();
        for (Subject subject : Subject.values()) {
            text.append("\n## ").append(subject.title).append("\n\n");
            text.append("| option | variable | default | meaning |\n|---|---|---|---|\n");
            subject.settings().forEach(setting -> text.append(row(setting)));
        }
        return text.toString();
    }

    static String row(Setting setting) {
        String absent = setting.absent() == null ? "" : "`" + setting.absent() + "`";
        return "| `--" + setting.option() + "` | `" + setting.variable() + "` | " + absent + " | "
                + setting.meaning().replace("|", "\\|") + " |\n";
    }
}
