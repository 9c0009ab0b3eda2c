package dev.tailrace.ingest.syslog;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The nearest year is taken for times without a year. */
@Tag("unit")
class SyslogTimeTest {

    private static String read(String now, String zone, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        SyslogTime time =
                new SyslogTime(ZoneId.of(zone), () -> Instant.parse(now).toEpochMilli());
        Long millis = time.read(bytes, 0, bytes.length);
        return millis == null ? "none" : Instant.ofEpochMilli(millis).toString();
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-22T23:00:00Z,UTC,Nov 22 22:59:58,2026-11-22T22:59:58Z",
        "2026-11-22T23:00:00Z,UTC,Nov  2 01:02:03,2026-11-02T01:02:03Z",
        "2027-01-01T00:00:10Z,UTC,Dec 31 23:59:59,2026-12-31T23:59:59Z",
        "2026-12-31T23:59:50Z,UTC,Jan  1 00:00:05,2027-01-01T00:00:05Z",
        "2027-02-20T00:00:00Z,UTC,Feb 29 12:00:00,2028-02-29T12:00:00Z",
        "2029-02-20T00:00:00Z,UTC,Feb 29 12:00:00,2028-02-29T12:00:00Z",
        "2026-06-30T23:00:00Z,UTC,Jun 30 23:59:60,2026-06-30T23:59:59Z",
        "2026-11-22T23:00:00Z,Europe/Berlin,Nov 22 23:59:58,2026-11-22T22:59:58Z"
    })
    void timeWithoutYear_isTheNearest(String now, String zone, String text, String expected) {
        assertThat(read(now, zone, text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Nov 22 23:00:0",
                "Nov 32 23:00:00",
                "Nov 00 23:00:00",
                "nov 22 23:00:00",
                "Nov 22 24:00:00",
                "Nov 22 23:60:00",
                "Nov 22 23:00:61",
                "Nov-22 23:00:00",
                "Nov 22 23.00:00",
                "Nov 2x 23:00:00"
            })
    void anythingElse_isNoTime(String text) {
        assertThat(read("2026-11-22T23:00:00Z", "UTC", text)).isEqualTo("none");
    }

    private static String rfc3339(String text) {
        byte[] bytes = ('x' + text + "00").getBytes(StandardCharsets.US_ASCII);
        Long millis = SyslogTime.rfc3339(bytes, 1, bytes.length - 2);
        return millis == null ? "none" : Instant.ofEpochMilli(millis).toString();
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-22T23:00:00.123456+01:00,2026-11-22T22:00:00.123Z",
        "2026-11-22T23:00:00.5-00:30,2026-11-22T23:30:00.500Z",
        "2024-02-29t23:59:60z,2024-02-29T23:59:59Z",
        "9999-12-31T23:59:59Z,9999-12-31T23:59:59Z"
    })
    void rfc3339_isRead(String text, String expected) {
        assertThat(rfc3339(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "2026-11-22",
                "2026-11-22T23:00:00",
                "2026-11-22T23:00:00.1",
                "2026-02-29T23:00:00Z",
                "2026-11-22T24:00:00Z",
                "2026-11-22T23:60:00Z",
                "2026-11-22T23:00:61Z",
                "2026-13-22T23:00:00Z",
                "2026-11-22T23:00:00+1:00",
                "2026-11-22T23:00:00+24:00",
                "2026-11-22T23:00:00ZZ",
                "1969-12-31T23:59:59Z",
                "2026-11-22T 3:00:00Z",
                "2026-00-22T23:00:00Z",
                "x026-11-22T23:00:00Z"
            })
    void anythingElse_isNotRfc3339(String text) {
        assertThat(rfc3339(text)).isEqualTo("none");
    }
}
