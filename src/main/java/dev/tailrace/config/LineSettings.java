package dev.tailrace.config;

import java.time.ZoneId;

/**
 * Fields of lines in JSON, as lists separated by commas.
 *
 * @param zone of times that name none
 */
public record LineSettings(String message, String time, String level, String service, ZoneId zone) {

    static LineSettings read(SettingReader read) {
        return new LineSettings(
                read.text(Setting.LINE_MESSAGE),
                read.text(Setting.LINE_TIME),
                read.text(Setting.LINE_LEVEL),
                read.text(Setting.LINE_SERVICE),
                read.zone(Setting.LINE_TIME_ZONE));
    }
}
