package dev.tailrace.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.luben.zstd.Zstd;
import dev.tailrace.config.Setting;
import dev.tailrace.ingest.body.DeflateDecoderTest;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.TestReader;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Little that becomes much: bodies that inflate, and patterns that multiply. */
final class BombsTest {

    private static final int MIB = 1024 * 1024;

    /**
     * The inflated size of the bodies: more than the body limit, and more than the broker could hold without a visible rise of memory.
     */
    private static final int INFLATED = 256 * MIB;

    private static RunningBroker broker;

    private final String device = RunningBroker.newDevice();

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(Setting.INGEST_BODY_BYTES, "8MiB", Setting.EVENT_LOOPS, "1"));
    }

    @AfterAll
    static void stop() {
        assertThat(broker.unaccountedLines()).isZero();
        assertThat(broker.metric("tailrace_pending_bytes")).isZero();
        broker.close();
    }

    /** On the broker's one event loop another device is served, and its reader. */
    @AfterEach
    void othersAreServed() {
        String neighbour = RunningBroker.newDevice();
        try (TestReader reader = TestReader.open(broker, neighbour)) {
            broker.say(neighbour, "well");
            assertThat(reader.messages(1)).containsExactly("well");
        }
    }

    private static byte[] gzip(byte[] piece, int times) {
        var out = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(out)) {
            for (int i = 0; i < times; i++) {
                gzip.write(piece);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return out.toByteArray();
    }

    private static byte[] filled(char c) {
        return String.valueOf(c).repeat(MIB).getBytes(StandardCharsets.US_ASCII);
    }

    private static HttpResponse<String> post(String path, byte[] body, String type, String encoding) {
        return broker.send(HttpRequest.newBuilder(broker.uri(path))
                .timeout(Duration.ofSeconds(60))
                .header("Content-Type", type)
                .header("Content-Encoding", encoding)
                .POST(BodyPublishers.ofByteArray(body))
                .build());
    }

    private String logs() {
        return "/api/v1/devices/" + device + "/logs";
    }

    // ---- bodies

    @ParameterizedTest
    @ValueSource(chars = {'a', '\n', '{', '[', '"'})
    void gzipOfOneCharacter_isALongBodyAndNothingMore(char c) {
        HttpResponse<String> answer = post(logs(), gzip(filled(c), INFLATED / MIB), "application/x-ndjson", "gzip");
        assertThat(answer.statusCode()).isEqualTo(c == '\n' ? 202 : 400); // newlines are no lines
        assertThat(new JsonObject(answer.body()).getInteger("stored")).isZero();
        assertThat(broker.messages(device)).isEmpty();
    }

    @Test
    void zstdOfOneCharacter_isALongBodyAndNothingMore() {
        byte[] bomb = Zstd.compress(new byte[64 * MIB]);
        assertThat(bomb.length).isLessThan(MIB);
        HttpResponse<String> answer = post(logs(), bomb, "application/x-ndjson", "zstd");
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(new JsonObject(answer.body()).getInteger("stored")).isZero();
    }

    @Test
    void zstdThatAsksForAGreatWindow_isRefused() {
        var context = new com.github.luben.zstd.ZstdCompressCtx();
        byte[] bomb = context.setLong(27).setContentSize(false).compress(new byte[1 << 28]);
        context.close();
        assertThat(post(logs(), bomb, "application/x-ndjson", "zstd").statusCode())
                .isIn(202, 400);
        assertThat(broker.messages(device)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void deflateOfOneCharacter_isALongBodyAndNothingMore(boolean bare) {
        byte[] newlines = new byte[64 * MIB];
        Arrays.fill(newlines, (byte) '\n');
        byte[] bomb = DeflateDecoderTest.deflate(newlines, bare);
        assertThat(bomb.length).isLessThan(MIB);
        HttpResponse<String> answer = post(logs(), bomb, "application/x-ndjson", "deflate");
        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(new JsonObject(answer.body()).getInteger("stored")).isZero();
        assertThat(post("/v1/logs", bomb, "application/json", "deflate").statusCode())
                .isEqualTo(413);
        assertThat(post("/loki/api/v1/push", bomb, "application/json", "deflate")
                        .statusCode())
                .isEqualTo(413);
    }

    /** Bodies that are read as a whole end at their limit, in any encoding. */
    @ParameterizedTest
    @CsvSource({
        "/api/v1/devices/d/logs, application/json",
        "/gelf, application/json",
        "/loki/api/v1/push, application/json",
        "/v1/logs, application/json",
        "/v1/logs, application/x-protobuf"
    })
    void bodyReadAsAWhole_endsAtItsLimit(String path, String type) {
        byte[] bomb = gzip(filled(' '), INFLATED / MIB);
        HttpResponse<String> answer = post(path, bomb, type, "gzip");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(413);
    }

    /** A snappy block says how much it becomes: what a block of its size cannot is not believed. */
    @Test
    void snappyThatClaimsGigabytes_isRefused() {
        byte[] bomb = {(byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 0x0F, 0x00, 'a'};
        assertThat(post("/loki/api/v1/push", bomb, "application/x-protobuf", "snappy")
                        .statusCode())
                .isIn(400, 413);
    }

    /** One layer is undone, and what is under it is no text. */
    @Test
    void gzipInGzip_isNotUndoneTwice() {
        byte[] inner = gzip(filled('\n'), INFLATED / MIB);
        HttpResponse<String> answer = post(logs(), gzip(inner, 1), "application/x-ndjson", "gzip");
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(new JsonObject(answer.body()).getInteger("stored")).isZero();
        assertThat(post(logs(), gzip(inner, 1), "application/x-ndjson", "gzip, gzip")
                        .statusCode())
                .isEqualTo(415);
    }

    @Test
    void jsonOfAHundredThousandBrackets_isOneBadLine() {
        String deep = "{\"message\":\"x\",\"a\":" + "[".repeat(30_000) + "}";
        HttpResponse<String> answer = broker.request(
                "POST", logs(), deep + "\n{\"message\":\"after\"}", "Content-Type", "application/x-ndjson");
        assertThat(answer.statusCode()).isEqualTo(202);
        await().until(() -> broker.messages(device).contains("after"));
        for (String path : new String[] {"/gelf", "/loki/api/v1/push", "/v1/logs"}) {
            HttpResponse<String> records =
                    broker.request("POST", path, "[".repeat(2_000_000), "Content-Type", "application/json");
            assertThat(records.statusCode()).isEqualTo(400);
        }
    }

    // ---- patterns

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(a{1000}){1000}",
                "((a{1000}){1000}){1000}",
                "a{1000000}",
                "(a{0,999}){0,999}",
                "((((a{10}){10}){10}){10}){10}",
                "\\pL{900}",
                "(\\p{L}{30}){30}",
                "(x+x+){500}y",
                "(?i)(\\pL{100}|\\pN{100}){9}"
            })
    void patternThatMultiplies_isRefused(String pattern) {
        for (String path : new String[] {logs(), logs() + "/stream"}) {
            HttpResponse<String> answer =
                    broker.get(path + "?regex=" + URLEncoder.encode(pattern, StandardCharsets.UTF_8));
            assertThat(answer.statusCode()).as(pattern).isEqualTo(400);
            assertThat(answer.body()).contains("bad-parameter");
        }
    }

    /** Patterns that let a back-tracking matcher run for ever take time in proportion to the text. */
    @ParameterizedTest
    @ValueSource(strings = {"(a+)+$", "(a|aa)+$", "(.*a){12}b", "(a*)*b", "^(([a-z])+.)+[A-Z]([a-z])+$"})
    void patternThatWouldBackTrack_isMatched(String pattern) {
        broker.say(device, "a".repeat(30_000) + "!", "needle b");
        HttpResponse<String> answer =
                broker.get(logs() + "?regex=" + URLEncoder.encode(pattern, StandardCharsets.UTF_8));
        assertThat(answer.statusCode()).isEqualTo(200);
    }

    @Test
    void patternThatIsLong_isRefused() {
        String pattern = "(a|b)".repeat(2000);
        assertThat(broker.get(logs() + "?regex=" + URLEncoder.encode(pattern, StandardCharsets.UTF_8))
                        .statusCode())
                .isEqualTo(400);
    }
}
