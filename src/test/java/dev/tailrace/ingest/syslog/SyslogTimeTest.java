package dev.tailrace.ingest.syslog;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Timestamps in all their forms, and the year of those that have none. */
@Tag("unit")
class SyslogTimeTest {

    private static final String NOW = "2026-11-30T12:00:00Z";

    /** The time, and what is left of the text after it. */
    private static String read(String now, String zone, String text) {
        byte[] bytes = ('x' + text + "00").getBytes(StandardCharsets.US_ASCII);
        SyslogTime time =
                new SyslogTime(ZoneId.of(zone), () -> Instant.parse(now).toEpochMilli());
        int end = time.read(bytes, 1, bytes.length - 2);
        if (end < 0) {
            return "none";
        }
        Long millis = time.millis();
        String rest = new String(bytes, end, bytes.length - 2 - end, StandardCharsets.US_ASCII);
        return (millis == null ? "impossible" : Instant.ofEpochMilli(millis).toString())
                + (rest.isEmpty() ? "" : " + " + rest);
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-22T23:00:00Z,UTC,Nov 22 22:59:58,2026-11-22T22:59:58Z",
        "2026-11-22T23:00:00Z,UTC,Nov  2 01:02:03,2026-11-02T01:02:03Z",
        "2027-01-01T00:00:10Z,UTC,Dec 31 23:59:59,2026-12-31T23:59:59Z",
        "2026-12-31T23:59:50Z,UTC,Jan  1 00:00:05,2027-01-01T00:00:05Z",
        "2027-02-20T00:00:00Z,UTC,Feb 29 12:00:00,2024-02-29T12:00:00Z",
        "2029-02-20T00:00:00Z,UTC,Feb 29 12:00:00,2028-02-29T12:00:00Z",
        "2026-06-30T23:00:00Z,UTC,Jun 30 23:59:60,2026-06-30T23:59:59Z",
        "2026-11-22T23:00:00Z,Europe/Berlin,Nov 22 23:59:58,2026-11-22T22:59:58Z",
        "2026-07-22T23:00:00Z,Europe/Berlin,Jul 22 23:59:58,2026-07-22T21:59:58Z",
        "2026-11-30T12:00:00Z,UTC,Dec  2 12:00:00,2025-12-02T12:00:00Z",
        "2026-11-30T12:00:00Z,UTC,Dec  1 12:00:01,2025-12-01T12:00:01Z",
        "2026-11-30T12:00:00Z,UTC,Dec  1 01:00:00,2026-12-01T01:00:00Z",
        "2026-11-30T12:00:00Z,UTC,Feb  1 12:00:00,2026-02-01T12:00:00Z",
        "2026-11-30T12:00:00Z,UTC,Nov 30 12:00:00 -11,2026-11-30T23:00:00Z",
        "2104-02-20T00:00:00Z,UTC,Feb 29 12:00:00,2096-02-29T12:00:00Z"
    })
    void timeWithoutYear_isOfTheLastYearInWhichItIsNotInTheFuture(
            String now, String zone, String text, String expected) {
        assertThat(read(now, zone, text)).isEqualTo(expected);
    }

    /** What is remembered of a timestamp says nothing about what follows it in the next one. */
    @Test
    void repeatedTime_isReadWithItsOwnRest() {
        String[] all = {
            "Nov 22 11:00:00", "Nov 22 11:00:00.5", "Nov 22 11:00:00 2025", "Nov 22 11:00:00 CET", "Nov 22 11:00:00 PM",
            "Nov 22 11:00:00x", "Nov 22 11:00:00.25Z", "*Nov 22 11:00:00", "Feb 29 11:00:00", "Feb 29 11:00:00 2026",
            "Feb 29 11:00:00 2028", "2026-11-22T11:00:00", "2026-11-22T11:00:00.5+01:00", "2026-11-22T11:00:00 PM"
        };
        SyslogTime time =
                new SyslogTime(ZoneOffset.UTC, () -> Instant.parse(NOW).toEpochMilli());
        for (String first : all) {
            for (String second : all) {
                for (String text : new String[] {first, second}) {
                    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
                    int end = time.read(bytes, 0, bytes.length);
                    SyslogTime fresh = new SyslogTime(
                            ZoneOffset.UTC, () -> Instant.parse(NOW).toEpochMilli());
                    assertThat(end).as("%s, then %s", first, second).isEqualTo(fresh.read(bytes, 0, bytes.length));
                    if (end >= 0) {
                        assertThat(time.millis())
                                .as("%s, then %s", first, second)
                                .isEqualTo(fresh.millis());
                        assertThat(time.isOfHeader()).isEqualTo(fresh.isOfHeader());
                        assertThat(time.isMarked()).isEqualTo(fresh.isMarked());
                    }
                }
            }
        }
    }

    @Test
    void year_isThatOfThePresent_alsoForARepeatedTime() {
        AtomicLong now = new AtomicLong(Instant.parse("2026-01-01T00:00:00Z").toEpochMilli());
        SyslogTime time = new SyslogTime(ZoneOffset.UTC, now::get);
        byte[] bytes = "Jan  2 00:00:00".getBytes(StandardCharsets.US_ASCII);
        time.read(bytes, 0, bytes.length);
        assertThat(time.millis())
                .isEqualTo(Instant.parse("2025-01-02T00:00:00Z").toEpochMilli());
        now.addAndGet(Duration.ofDays(1).toMillis());
        time.read(bytes, 0, bytes.length);
        assertThat(time.millis())
                .isEqualTo(Instant.parse("2026-01-02T00:00:00Z").toEpochMilli());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "Nov 22 23:00:0",
                "Now 22 23:00:00",
                "Nov-22 23:00:00",
                "Nov 22 23.00:00",
                "Nov 2x 23:00:00",
                "Nov   2 23:00:00",
                "Nov 22",
                "Nov 22 23:00:00x",
                "Nov 22 23:00:00.x",
                "2026-11-22",
                "2026-11-22T23:00:00ZZ",
                "2026-11-22T 3:00:00Z",
                "x026-11-22T23:00:00Z",
                "2026-11/22T23:00:00Z",
                "2026-11-22-23:00:00",
                "2026 was 22 23:00:00",
                "1795946400",
                "17959464001.5",
                "May the force be with you",
                "*",
                ".",
                "*x"
            })
    void anythingElse_isNoTime(String text) {
        assertThat(read(NOW, "UTC", text)).isEqualTo("none");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Nov 31 23:00:00",
                "Nov 00 23:00:00",
                "Nov 22 24:00:00",
                "Nov 22 23:60:00",
                "Nov 22 23:00:61",
                "Feb 30 23:00:00",
                "2026-02-29T23:00:00Z",
                "2026-11-22T24:00:00Z",
                "2026-13-22T23:00:00Z",
                "2026-00-22T23:00:00Z",
                "1969-12-31T23:59:59Z",
                "0000-01-01T00:00:00Z"
            })
    void impossibleTime_isSkipped(String text) {
        assertThat(read(NOW, "UTC", text)).isEqualTo("impossible");
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-22T23:00:00.123456+01:00,2026-11-22T22:00:00.123Z",
        "2026-11-22T23:00:00.5-00:30,2026-11-22T23:30:00.500Z",
        "2024-02-29t23:59:60z,2024-02-29T23:59:59Z",
        "2000-03-01T00:00:00Z,2000-03-01T00:00:00Z",
        "1970-01-01T00:00:00Z,1970-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z,9999-12-31T23:59:59Z",
        "2026-11-22T23:00:00,2026-11-22T23:00:00Z",
        "2026-11-22T23:00:00 host,2026-11-22T23:00:00Z +  host",
        "2026-11-22T23:00:00Z: %ASA,2026-11-22T23:00:00Z + : %ASA",
        "2026-11-22T23:00:00 1999,2026-11-22T23:00:00Z +  1999",
        "Nov 22 23:00:00 2026 1999,2026-11-22T23:00:00Z +  1999",
        "Nov 22 2026 23:00:00 CETA,2026-11-22T23:00:00Z +  CETA",
        "Nov 22 23:00:00 cet,2026-11-22T23:00:00Z +  cet",
        "Nov 22 23:00:00 +24:61,2026-11-22T23:00:00Z +  +24:61",
        "Nov 22 23:00:00 GMT+1:30 x,2026-11-22T21:30:00Z +  x",
        "Nov 22 23:00:00 Europe/Nowhere,2026-11-22T23:00:00Z +  Europe/Nowhere",
        "Nov 22 11:00:00 PM,2026-11-22T23:00:00Z",
        "Nov 22 12:00:00 AM.5 UTC,2026-11-22T00:00:00.500Z",
        "Nov 22 13:00:00 PM,2026-11-22T13:00:00Z +  PM",
        "1795946400.5 host,2026-11-29T10:00:00.500Z +  host",
        "22/Nov/2026:23:00:00 +0100,2026-11-22T22:00:00Z",
        "22-Nov-2026 23:00:00.123,2026-11-22T23:00:00.123Z",
        "Nov 22 9:00:00,2026-11-22T09:00:00Z"
    })
    void formsOfTimes_areReadAsAWhole(String text, String expected) {
        assertThat(read(NOW, "UTC", text)).isEqualTo(expected);
    }
}
