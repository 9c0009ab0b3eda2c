package dev.tailrace.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class EventScannerTest {

    private static final int LINE_BYTES = 40;

    private static final String STREAM = "retry: 1234\n\n"
            + "id: k3-f9-41\n\n"
            + entry(42, 1, 7_000, "")
            + ":\n\n"
            + entry(43, 2, 8_000, "")
            + "event: gap\nid: k3-f9-50\ndata: {\"from\":\"k3-f9-44\",\"to\":\"k3-f9-50\",\"count\":7}\n\n"
            + entry(51, 10, 9_000, ",\"service\":\"main\"")
            + "id: k3-f9-52\ndata: {\"id\":\"k3-f9-52\",\"receivedAt\":1,\"timestamp\":1,\"message\":\"hello\"}\n\n"
            + entry(53, 11, 1_234_567_890_123L, "");

    private static final List<String> EXPECTED = List.of(
            "place 41",
            "entry 42 1 7000",
            "entry 43 2 8000",
            "gap {\"from\":\"k3-f9-44\",\"to\":\"k3-f9-50\",\"count\":7}",
            "entry 51 10 9000",
            "foreign 52",
            "entry 53 11 1234567890123");

    static String entry(long offset, long line, long sentNanos, String more) {
        return "id: k3-f9-%d\ndata: {\"id\":\"k3-f9-%d\",\"receivedAt\":1763820000123,\"timestamp\":1763820000100,"
                        .formatted(offset, offset)
                + "\"message\":\"%s\"%s}\n\n".formatted(message(line, sentNanos), more);
    }

    private static String message(long line, long sentNanos) {
        byte[] bytes = LineFormat.blank(LINE_BYTES).getBytes(StandardCharsets.US_ASCII);
        LineFormat.put(bytes, 0, LineFormat.TIME_DIGITS, sentNanos, (byte) 0);
        LineFormat.put(bytes, LineFormat.NUMBER_AT, LineFormat.NUMBER_DIGITS, LineFormat.FIRST + line, (byte) 0);
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    @Test
    void stream_inOnePiece_givesItsEvents() {
        assertThat(recorded(STREAM.length())).isEqualTo(EXPECTED);
    }

    @Test
    void stream_cutAnywhere_givesTheSameEvents() {
        for (int cut = 0; cut < STREAM.length(); cut++) {
            assertThat(recorded(cut)).as("cut at %d", cut).isEqualTo(EXPECTED);
        }
    }

    @Test
    void stream_byteByByte_givesTheSameEvents() {
        int[] cuts = new int[STREAM.length()];
        Arrays.setAll(cuts, i -> i);
        assertThat(recorded(cuts)).isEqualTo(EXPECTED);
    }

    @Test
    void events_withOtherLineLength_areStillFound() {
        var events = new RecordedEvents();
        byte[] bytes = STREAM.getBytes(StandardCharsets.US_ASCII);

        new EventScanner(LINE_BYTES + 1, events).scan(bytes, 0, bytes.length);

        assertThat(events.recorded).isEqualTo(EXPECTED);
    }

    @Test
    void entryOfABroker_isReadByItsPlaces() {
        byte[] bytes = entry(42, 1, 7_000, "").getBytes(StandardCharsets.US_ASCII);
        var scanner = new EventScanner(LINE_BYTES, new RecordedEvents());

        assertThat(scanner.usualEntry(bytes, 0, bytes.length)).isEqualTo(bytes.length);
        for (int cut = 0; cut < bytes.length; cut++) {
            assertThat(scanner.usualEntry(Arrays.copyOf(bytes, cut), 0, cut)).isEqualTo(-1);
        }
    }

    /** The events that are recorded when the bytes arrive in pieces that end at the cuts; incomplete bytes are passed again. */
    private static List<String> recorded(int... cuts) {
        byte[] bytes = STREAM.getBytes(StandardCharsets.US_ASCII);
        var events = new RecordedEvents();
        var scanner = new EventScanner(LINE_BYTES, events);
        int at = 0;
        for (int cut : cuts) {
            // No byte after the cut may be read.
            at = scanner.scan(Arrays.copyOf(bytes, cut), at, cut);
        }
        at = scanner.scan(bytes, at, bytes.length);
        assertThat(at).isEqualTo(bytes.length);
        return events.recorded;
    }
}
