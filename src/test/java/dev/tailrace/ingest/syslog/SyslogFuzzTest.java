package dev.tailrace.ingest.syslog;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.tailrace.ingest.PendingBudget;
import dev.tailrace.ingest.RecordedLines;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.model.Line;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** Random bytes in random pieces never fail, become entries of valid JSON, and are never more than was sent. */
class SyslogFuzzTest {

    private static final int LIMIT = 1000;

    private final SyslogParser parser = new SyslogParser(new SyslogTime(ZoneOffset.UTC, () -> 1_763_820_000_000L));

    @FuzzTest
    void anyMessage_isALine(byte[] bytes) {
        Line line = parser.read(bytes, 0, bytes.length);
        parser.device();
        Entries.Builder out = new Entries.Builder(100);
        line.writeTo(out, 1);
        Entries entries = out.build();
        JsonObject entry =
                new JsonObject('{' + new String(entries.bytes(), 0, entries.byteSize(), StandardCharsets.UTF_8));
        assertThat(entry.getString("message")).isNotNull();
        assertThat(line.message().length()).isLessThanOrEqualTo(bytes.length);
        assertThat(entries.size()).isEqualTo(1);
    }

    @FuzzTest
    void anyStream_isFramed(FuzzedDataProvider data) {
        int piece = data.consumeInt(1, 20);
        byte[] bytes = data.consumeRemainingAsBytes();
        assertThat(framed(bytes, piece)).isEqualTo(framed(bytes, Math.max(1, bytes.length)));
    }

    /** Right counts are believed, whatever the messages contain, and wherever the stream is cut. */
    @FuzzTest
    void messagesWithRightCounts_areFound(FuzzedDataProvider data) {
        int piece = data.consumeInt(1, 20);
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        List<String> messages = new ArrayList<>();
        while (data.remainingBytes() > 0 && messages.size() < 20) {
            String message = "<13>1 " + data.consumeString(60).strip() + '.';
            boolean mayQuote =
                    Pattern.compile("[\n\0][0-9]* ?<[0-9]").matcher(message).find();
            byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
            if (!mayQuote && bytes.length < LIMIT) {
                stream.writeBytes((bytes.length + " ").getBytes(StandardCharsets.US_ASCII));
                stream.writeBytes(bytes);
                messages.add(new String(bytes, StandardCharsets.UTF_8));
            }
        }
        assertThat(framed(stream.toByteArray(), piece)).isEqualTo(messages);
    }

    /** In any message a header names no device by a number, whatever is before and after it. */
    @FuzzTest
    void anyHeader_inventsNoNumericDevice(byte[] text) {
        for (String begin : new String[] {"<13>Nov 22 10:00:00 ", "<14>1 2025-11-22T14:00:00Z ", "<189>47: ", "<13>"}) {
            byte[] first = begin.getBytes(StandardCharsets.US_ASCII);
            byte[] bytes = Arrays.copyOf(first, first.length + text.length);
            System.arraycopy(text, 0, bytes, first.length, text.length);
            Line line = parser.read(bytes, 0, bytes.length);
            DeviceId device = parser.device();
            assertThat(line.message().length()).isLessThanOrEqualTo(bytes.length);
            if (device != null) {
                assertThat(device.value()).doesNotMatch("[0-9]+");
            }
        }
    }

    private static List<String> framed(byte[] bytes, int piece) {
        RecordedLines heard = new RecordedLines();
        SyslogFraming framing = new SyslogFraming(LIMIT, new PendingBudget(Long.MAX_VALUE), heard);
        for (int from = 0; from < bytes.length; from += piece) {
            framing.feed(bytes, from, Math.min(bytes.length, from + piece));
        }
        framing.end();
        return new ArrayList<>(heard.lines);
    }
}
