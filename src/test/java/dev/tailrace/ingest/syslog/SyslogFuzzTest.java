package dev.tailrace.ingest.syslog;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.tailrace.ingest.PendingBudget;
import dev.tailrace.ingest.RecordedLines;
import dev.tailrace.model.Entries;
import dev.tailrace.model.Line;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

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
