package dev.tailrace.ingest.syslog;

import dev.tailrace.ingest.RepeatedText;
import org.jspecify.annotations.Nullable;

/** Reads the words in the place of a host; the same word as the last time is not judged again. */
final class HostNames {

    private final RepeatedText texts = new RepeatedText();
    private final SyslogZones zones;
    private String judged = "";
    private boolean isHost;

    HostNames(SyslogZones zones) {
        this.zones = zones;
    }

    /** The word {@code bytes[from, to)}, or null when it is no name of a host. */
    @Nullable
    String of(byte[] bytes, int from, int to) {
        String word = texts.of(bytes, from, to);
        if (!word.equals(judged)) {
            judged = word;
            isHost = SyslogNames.isHost(bytes, from, to, zones);
        }
        return isHost ? word : null;
    }
}
