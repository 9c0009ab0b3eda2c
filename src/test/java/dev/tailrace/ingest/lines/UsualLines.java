package dev.tailrace.ingest.lines;

import dev.tailrace.config.Setting;
import dev.tailrace.ingest.fields.SentTime;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** Parsers with the default names. */
public final class UsualLines {

    private UsualLines() {}

    public static LineParser parser() {
        return parser(ZoneOffset.UTC);
    }

    static LineParser parser(ZoneId zone) {
        return new LineParser(
                new LineFields(
                        String.valueOf(Setting.LINE_MESSAGE.absent()),
                        String.valueOf(Setting.LINE_TIME.absent()),
                        String.valueOf(Setting.LINE_LEVEL.absent()),
                        String.valueOf(Setting.LINE_SERVICE.absent())),
                new SentTime(zone, () -> Instant.parse("2026-11-29T12:00:00Z")));
    }
}
