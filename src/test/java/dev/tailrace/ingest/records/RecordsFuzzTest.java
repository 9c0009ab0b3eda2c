package dev.tailrace.ingest.records;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.tailrace.ingest.FairRoom;
import dev.tailrace.ingest.Rejection;
import dev.tailrace.ingest.body.Document;
import dev.tailrace.ingest.body.SnappyBlock;
import dev.tailrace.ingest.loki.LokiJson;
import dev.tailrace.ingest.loki.LokiProto;
import dev.tailrace.ingest.loki.LokiRecord;
import dev.tailrace.ingest.otlp.OtlpJson;
import dev.tailrace.ingest.otlp.OtlpProto;
import dev.tailrace.ingest.otlp.OtlpRecord;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.model.Entry;
import dev.tailrace.model.Line;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Any document is read, rejected or refused; its lines can be stored, and are never longer than the document. */
class RecordsFuzzTest {

    private static final FieldMapping NAMES = FieldMapping.of("device.id,host", "service.name,app", "level");
    private static final int LIMIT = 1 << 20;

    @FuzzTest(maxDuration = "20s")
    void otlpProtobuf(byte[] body) {
        Taken taken = new Taken();
        read(body, taken, () -> new OtlpProto(Document.of(body), new OtlpRecord(taken.line())));
    }

    @FuzzTest(maxDuration = "20s")
    void otlpJson(byte[] body) {
        Taken taken = new Taken();
        read(body, taken, () -> OtlpJson.of(valid(body), new OtlpRecord(taken.line())));
    }

    @FuzzTest(maxDuration = "20s")
    void lokiProtobuf(byte[] body) {
        Taken taken = new Taken();
        read(body, taken, () -> new LokiProto(Document.of(body), new LokiRecord(taken.line())));
    }

    @FuzzTest(maxDuration = "20s")
    void lokiJson(byte[] body) {
        Taken taken = new Taken();
        read(body, taken, () -> LokiJson.of(valid(body), new LokiRecord(taken.line())));
    }

    @FuzzTest(maxDuration = "20s")
    void snappy(byte[] block) {
        try {
            SnappyBlock expanding = new SnappyBlock(Document.of(block), SnappyBlock.size(Document.of(block), LIMIT));
            int steps = 0;
            while (expanding.step()) {
                assertThat(++steps).isLessThanOrEqualTo(block.length);
            }
            assertThat(expanding.bytes()).hasSize(SnappyBlock.size(Document.of(block), LIMIT));
        } catch (IOException refused) {
            // the expected result
        }
        byte[] whole = RecordsPostTest.snappy(block);
        assertThat(Arrays.equals(expanded(whole), block)).isTrue();
    }

    private static byte[] expanded(byte[] block) {
        try {
            SnappyBlock expanding = new SnappyBlock(Document.of(block), SnappyBlock.size(Document.of(block), LIMIT));
            while (expanding.step()) {}
            return expanding.bytes();
        } catch (IOException refused) {
            throw new AssertionError(refused);
        }
    }

    private static Document valid(byte[] body) {
        var document = new Document(new FairRoom(Long.MAX_VALUE));
        var text = new ValidUtf8(document);
        text.add(body, body.length);
        text.end();
        return document;
    }

    private interface Opening {
        Records open() throws IOException;
    }

    private static void read(byte[] body, Taken taken, Opening opening) {
        try {
            Records records = opening.open();
            int steps = 0;
            while (records.step()) {
                assertThat(++steps).isLessThanOrEqualTo(4 * body.length + 16);
            }
        } catch (IOException refused) {
            // the expected result
        }
        assertThat(taken.records).isLessThanOrEqualTo(body.length);
    }

    private static final class Taken implements Records.Handler {
        private int records;

        @Override
        public boolean keep(int level, int bytes) {
            assertThat(level).isIn(0, 1);
            assertThat(bytes).isBetween(0, Records.MAX_SHARED_BYTES);
            return true;
        }

        RecordMapper line() {
            return new RecordMapper(NAMES, "stream", LIMIT, this);
        }

        @Override
        public void line(DeviceId device, Line line) {
            records++;
            byte[] attributes = line.attributes();
            if (attributes != null) {
                assertThat(attributes.length).isLessThanOrEqualTo(Line.MAX_ATTRIBUTES_BYTES);
                new JsonObject(new String(attributes, StandardCharsets.UTF_8));
            }
            var out = new Entries.Builder(64);
            line.writeTo(out, 5);
            Entries entries = out.build();
            Entry.read(entries.bytes(), entries.start(0), entries.end(0));
        }

        @Override
        public void rejected(Rejection kind, String reason) {
            records++;
        }
    }
}
