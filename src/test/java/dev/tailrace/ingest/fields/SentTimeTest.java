package dev.tailrace.ingest.fields;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("unit")
final class SentTimeTest {

    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");

    private final SentTime time = new SentTime(ZoneOffset.UTC, () -> NOW);

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            2026-11-29T10:00:00Z                          | 2026-11-29T10:00:00Z
            2026-11-29t10:00:00z                          | 2026-11-29T10:00:00Z
            2026-11-29 10:00:00Z                          | 2026-11-29T10:00:00Z
            2026-11-29T10:00:00.123456789Z                | 2026-11-29T10:00:00.123Z
            2026-11-29T10:00:00.1Z                        | 2026-11-29T10:00:00.100Z
            2026-11-29T10:00:00,782Z                      | 2026-11-29T10:00:00.782Z
            2026-11-29T10:00:00+01:00                     | 2026-11-29T09:00:00Z
            2026-11-29T10:00:00-0130                      | 2026-11-29T11:30:00Z
            2026-11-29T10:00:00.977+0100                  | 2026-11-29T09:00:00.977Z
            2026-11-29T10:00:00+01                        | 2026-11-29T09:00:00Z
            2026-11-29T10:00:00 +01:00                    | 2026-11-29T09:00:00Z
            2026-11-29T10:00Z                             | 2026-11-29T10:00:00Z
            2026-11-29T10:00:00                           | 2026-11-29T10:00:00Z
            2026-11-29 10:00:00                           | 2026-11-29T10:00:00Z
            2026-11-29 10:00:00,123                       | 2026-11-29T10:00:00.123Z
            2026-11-29 10:00:00.123 +0100                 | 2026-11-29T09:00:00.123Z
            2026-11-29 10:00:00 UTC                       | 2026-11-29T10:00:00Z
            2026-11-29 10:00:00.123 GMT+2                 | 2026-11-29T08:00:00.123Z
            2026-11-29 10:00:00 CET                       | 2026-11-29T09:00:00Z
            2026-11-29 10:00:00.123456789 +0100 CET m=+0.000123 | 2026-11-29T09:00:00.123Z
            2026-11-29T10:00:00+01:00[Europe/Berlin]      | 2026-11-29T09:00:00Z
            2026-11-29T10:00:00[Europe/Berlin]            | 2026-11-29T09:00:00Z
            2026-11-29 10:00:00 Europe/Berlin             | 2026-11-29T09:00:00Z
            2026/11/29 10:00:00                           | 2026-11-29T10:00:00Z
            2026/11/29 10:00:00.123456                    | 2026-11-29T10:00:00.123Z
            2026.11.29 10:00:00                           | 2026-11-29T10:00:00Z
            20261129T100000Z                              | 2026-11-29T10:00:00Z
            20261129T100000.5+0100                        | 2026-11-29T09:00:00.500Z
            2026-11-29                                    | 2026-11-29T00:00:00Z
            2016-12-31T23:59:60Z                          | 2017-01-01T00:00:00Z
            2026-11-29T24:00:00Z                          | 2026-11-30T00:00:00Z
            Sun, 29 Nov 2026 10:00:00 GMT                 | 2026-11-29T10:00:00Z
            Sunday, 29-Nov-2026 10:00:00 GMT              | 2026-11-29T10:00:00Z
            Sun, 29 Nov 2026 10:00:00 -0500               | 2026-11-29T15:00:00Z
            29 Nov 2026 10:00:00 +0000                    | 2026-11-29T10:00:00Z
            29 Nov 2026 10:00:00,123                      | 2026-11-29T10:00:00.123Z
            Sun Nov 29 10:00:00 2026                      | 2026-11-29T10:00:00Z
            Sun Nov 29 10:00:00 UTC 2026                  | 2026-11-29T10:00:00Z
            Sun Nov 29 10:00:00.123 2026                  | 2026-11-29T10:00:00.123Z
            29/Nov/2026:10:00:00 +0100                    | 2026-11-29T09:00:00Z
            Nov 29 10:00:00                               | 2026-11-29T10:00:00Z
            Nov  9 10:00:00                               | 2026-11-09T10:00:00Z
            November 29 2026 10:00:00                     | 2026-11-29T10:00:00Z
            Nov 29, 2026 10:00:00 PM                      | 2026-11-29T22:00:00Z
            Nov 29, 2026 12:00:00 AM                      | 2026-11-29T00:00:00Z
            '  2026-11-29T10:00:00Z  '                    | 2026-11-29T10:00:00Z
            Dec 24 10:00:00                               | 2025-12-24T10:00:00Z
            Dec  1 01:59:00                               | 2026-12-01T01:59:00Z
            Dec  1 02:01:00                               | 2025-12-01T02:01:00Z
            Dec  1 11:00:00 +1000                         | 2026-12-01T01:00:00Z
            2026-11-29 10:00:00 ART                       | 2026-11-29T13:00:00Z
            2026-11-29 10:00:00 NST                       | 2026-11-29T13:30:00Z
            2026-11-29 10:00:00 MEZ                       | 2026-11-29T09:00:00Z
            2026-11-29 10:00:00 AEST                      | 2026-11-29T00:00:00Z
            2026-11-29 10:00:00 SGT                       | 2026-11-29T02:00:00Z
            2026-11-29 10:00:00 HKT                       | 2026-11-29T02:00:00Z
            2026-11-29 10:00:00 BRT                       | 2026-11-29T13:00:00Z
            2026-11-29 10:00:00 SAST                      | 2026-11-29T08:00:00Z
            2026-11-29 10:00:00 NZDT                      | 2026-11-28T21:00:00Z
            2026-11-29 10:00:00 PST                       | 2026-11-29T18:00:00Z
            2026-11-29 10:00:00 MSK                       | 2026-11-29T07:00:00Z
            2026-11-29 10:00:00 EDT                       | 2026-11-29T14:00:00Z
            2026-11-29 10:00:00 AST                       | 2026-11-29T10:00:00Z
            2026-11-29 10:00:00 IST                       | 2026-11-29T10:00:00Z
            2026-11-29 10:00:00 BST                       | 2026-11-29T10:00:00Z
            2026-11-29 10:00:00 XYZ                       | 2026-11-29T10:00:00Z
            2026-11-29 10:00:00 Mars/Olympus              | 2026-11-29T10:00:00Z
            2026-11-29 10:00:00[Mars/Olympus]             | 2026-11-29T10:00:00Z
            2026-11-29 10:00:00 America/New_York          | 2026-11-29T15:00:00Z
            2026-11-29T10:00:00[CEST]                     | 2026-11-29T08:00:00Z
            2026-11-29T10:00:00[UTC+01:00]                | 2026-11-29T09:00:00Z
            2026-11-29 10:00:00 +0100 IST                 | 2026-11-29T09:00:00Z
            Sun Nov 29 10:00:00 IST 2026                  | 2026-11-29T10:00:00Z
            Feb 29 10:00:00                               | 2024-02-29T10:00:00Z
            1764410400                                    | 2025-11-29T10:00:00Z
            1764410400.123                                | 2025-11-29T10:00:00.123Z
            1764410400123                                 | 2025-11-29T10:00:00.123Z
            1764410400123456                              | 2025-11-29T10:00:00.123Z
            1764410400123456789                           | 2025-11-29T10:00:00.123Z
            """)
    void text_inOneOfTheUsualForms_isRead(String sent, String expected) {
        assertThat(time.ofText(sent)).isEqualTo(Instant.parse(expected).toEpochMilli());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "-",
                "yesterday",
                "10:00:00",
                "2026-13-29T10:00:00Z",
                "2026-02-30",
                "2026-11-29T25:00:00Z",
                "2026-11-29T10:60:00Z",
                "2026-11-29T10:00:00+25:00",
                "2026-11-29T10:00:00 Nowhere",
                "2026-11-29T10:00:00 XYZ ABC",
                "2026-11-29T10:00:00+01:00 and",
                "2026-11-29T10:00:00[nowhere]",
                "99999-01-01T00:00:00Z",
                "2026-11-29T10:00:00Z and more",
                "2026-11-29T10:00:00Z2026-11-29T10:00:00Z",
                "1.2.3",
                "--1",
                "1e400000000",
                "12345678901234567890123456789012345678901234567890",
                "Feb 30 10:00:00",
                "[]",
                "2026-11-29T",
                "2026-",
                "m=1"
            })
    void text_thatIsNoTime_isNull(String sent) {
        assertThat(time.ofText(sent)).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "1764410400, 1764410400000",
        "1764410400.123, 1764410400123",
        "1764410400.9999999, 1764410400999",
        "1.764410400123e9, 1764410400123",
        "1764410400123, 1764410400123",
        "1764410400123.9, 1764410400123",
        "1764410400123456, 1764410400123",
        "1764410400123456789, 1764410400123",
        "1764410400123456789.5, 1764410400123",
        "0, 0",
        "5.9, 5",
        "-0.5, -1",
        "-5, -5",
        "253402300799999, 253402300799999",
        "1e-400000000, 0",
    })
    void number_hasTheUnitOfItsSize(String sent, long expected) {
        assertThat(SentTime.ofNumber(sent)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e400000000", "1e30", "-1e30", "NaN", "", "-62167219200001000000000000"})
    void number_thatIsNoTime_isNull(String sent) {
        assertThat(SentTime.ofNumber(sent)).isNull();
    }

    @Test
    void textWithoutZone_isInTheGivenZone() {
        SentTime berlin = new SentTime(ZoneId.of("Europe/Berlin"), () -> NOW);

        assertThat(berlin.ofText("2026-06-03T14:19:27.782"))
                .isEqualTo(Instant.parse("2026-06-03T12:19:27.782Z").toEpochMilli());
        assertThat(berlin.ofText("2026-06-03T14:19:27.782Z"))
                .isEqualTo(Instant.parse("2026-06-03T14:19:27.782Z").toEpochMilli());
    }

    @Test
    void secondsAndNanos_makeOneTime() {
        assertThat(SentTime.ofSeconds(1764410400, 123_999_999)).isEqualTo(1764410400123L);
        assertThat(SentTime.ofSeconds(Long.MAX_VALUE, 0)).isNull();
        assertThat(SentTime.ofSeconds(Long.MIN_VALUE, 0)).isNull();
        assertThat(SentTime.ofSeconds((1L << 61) / 125, 0)).isNull(); // times 1000 it is -616 in 64 bits
        assertThat(SentTime.ofNanos(0)).isNull();
        assertThat(SentTime.ofNanos(1764410400123456789L)).isEqualTo(1764410400123L);
    }
}
