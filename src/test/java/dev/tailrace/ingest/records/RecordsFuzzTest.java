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
import dev.tailrace.testing.RawSocket;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Any document is read, rejected or refused; its lines can be stored, and are never longer than the document. */
class RecordsFuzzTest {

    private static final FieldMapping NAMES = FieldMapping.of("device.id,host", "service.name,app", "level");
    private static final int LIMIT = 1 << 20;

    @FuzzTest(maxDuration = "20s")
    void otlpProtobuf(byte[] body) {
        readTwice(body, taken -> new OtlpProto(Document.of(body), new OtlpRecord(taken.line())));
    }

    @FuzzTest(maxDuration = "20s")
    void otlpJson(byte[] body) {
        readTwice(body, taken -> OtlpJson.of(valid(body), new OtlpRecord(taken.line())));
    }

    @FuzzTest(maxDuration = "20s")
    void lokiProtobuf(byte[] body) {
        readTwice(body, taken -> new LokiProto(Document.of(body), new LokiRecord(taken.line())));
    }

    @FuzzTest(maxDuration = "20s")
    void lokiJson(byte[] body) {
        readTwice(body, taken -> LokiJson.of(valid(body), new LokiRecord(taken.line())));
    }

    /** Damaged documents of each kind, the same in each run. */
    @Test
    void damagedDocuments_areReadOrRefused() throws IOException {
        Random random = new Random(31);
        for (String target : List.of("otlpJson", "lokiJson", "otlpProtobuf", "lokiProtobuf")) {
            List<byte[]> samples = samples(target);
            for (int round = 0; round < 1000; round++) {
                byte[] body = damaged(samples.get(round % samples.size()), samples, random);
                switch (target) {
                    case "otlpJson" -> otlpJson(body);
                    case "lokiJson" -> lokiJson(body);
                    case "otlpProtobuf" -> otlpProtobuf(body);
                    default -> lokiProtobuf(body);
                }
            }
        }
    }

    private static List<byte[]> samples(String target) throws IOException {
        Path folder = Path.of("src/test/resources/dev/tailrace/ingest/records/RecordsFuzzTestInputs", target);
        List<byte[]> samples = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                if (Files.size(file) < 4096) {
                    samples.add(Files.readAllBytes(file));
                }
            }
        }
        samples.sort(Arrays::compare);
        return samples;
    }

    /** Bytes are changed, left out, or replaced by a piece of another sample. */
    private static byte[] damaged(byte[] sample, List<byte[]> samples, Random random) {
        byte[] body = sample.clone();
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = random.nextInt(body.length);
            switch (random.nextInt(3)) {
                case 0 -> body[at] = (byte) random.nextInt(256);
                case 1 -> body[at] = (byte) "{}[],:\"0n".charAt(random.nextInt(9));
                default -> {
                    byte[] other = samples.get(random.nextInt(samples.size()));
                    int from = random.nextInt(other.length);
                    int to = Math.min(other.length, from + random.nextInt(40));
                    int end = Math.min(body.length, at + random.nextInt(40));
                    body = RawSocket.join(
                            Arrays.copyOf(body, at),
                            Arrays.copyOfRange(other, from, to),
                            Arrays.copyOfRange(body, end, body.length));
                    if (body.length == 0) {
                        return sample;
                    }
                }
            }
        }
        return body;
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
        Records open(Taken taken) throws IOException;
    }

    /** Once with a device for the records that name none: then they are lines, or a reason is given. */
    private static void readTwice(byte[] body, Opening opening) {
        Taken strict = new Taken(null);
        read(body, strict, opening);
        Taken own = new Taken(new DeviceId("own"));
        read(body, own, opening);
        assertThat(own.records).isEqualTo(strict.records);
        assertThat(own.lines).isGreaterThanOrEqualTo(strict.lines);
    }

    private static void read(byte[] body, Taken taken, Opening opening) {
        try {
            Records records = opening.open(taken);
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
        private final DeviceSource source;
        private int records;
        private int lines;

        /** @param device whose the records are that name none; null for none */
        Taken(@Nullable DeviceId device) {
            source = new DeviceSource(null, device, "");
        }

        @Override
        public boolean keep(int level, int bytes) {
            assertThat(level).isIn(0, 1);
            assertThat(bytes).isBetween(0, Records.MAX_SHARED_BYTES);
            return true;
        }

        RecordMapper line() {
            return new RecordMapper(NAMES, source, "stream", LIMIT, this);
        }

        @Override
        public void line(DeviceId device, Line line) {
            records++;
            lines++;
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
            assertThat(reason).isNotBlank();
            records++;
        }
    }
}
