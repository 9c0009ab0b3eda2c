package dev.tailrace.ingest.lines;

import static dev.tailrace.testing.RawSocket.ascii;
import static dev.tailrace.testing.RawSocket.join;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.ingest.body.DeflateDecoderTest;
import dev.tailrace.ingest.body.GzipDecoderTest;
import dev.tailrace.ingest.body.ZstdDecoderTest;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.TestReader;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Request bodies of lines, over real sockets. */
class HttpIngestTest {

    private static final int BODY_LIMIT = 1024 * 1024;

    private static RunningBroker broker;

    private final String device = RunningBroker.newDevice();

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(
                Setting.INGEST_BODY_BYTES,
                "1MiB",
                Setting.INGEST_LINE_BYTES,
                "128KiB",
                Setting.HTTP2_CLEARTEXT,
                "true"));
    }

    @AfterAll
    static void stop() {
        await().untilAsserted(() ->
                assertThat(broker.metric("tailrace_device_connections")).isZero());
        assertThat(broker.unaccountedLines()).isZero();
        assertThat(broker.metric("tailrace_lines_received_total")).isPositive();
        assertThat(broker.metric("tailrace_pending_bytes")).isZero();
        broker.close();
    }

    // ---- forms

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/x-ndjson",
                "application/ndjson; charset=utf-8",
                "Application/X-NDJSON",
                "application/jsonl",
                "application/x-jsonlines"
            })
    void ndjson_isALineEach(String type) {
        Answer answer = post(type, "{\"message\":\"a\"}\n\n{\"message\":\"b\"}\r\n{\"message\":\"c\"}");

        assertThat(answer.counts()).isEqualTo("202 received 3 stored 3 deduplicated 0 rejected 0");
        assertThat(broker.messages(device)).containsExactly("a", "b", "c");
    }

    /** What fluent-bit's output of HTTP sends in the format msgpack: pairs of a time (extension 0) and a map. */
    @ParameterizedTest
    @ValueSource(strings = {"application/msgpack", "application/x-msgpack; x=y", "application/vnd.msgpack"})
    void messagePack_isALinePerEvent(String type) {
        byte[] event = HexFormat.of().parseHex("92d7005b0d50a30021089881a36c6f67a3686579".replace(" ", ""));
        byte[] body = Arrays.copyOf(event, 2 * event.length);
        System.arraycopy(event, 0, body, event.length, event.length);

        Answer answer = new Answer(broker.send(HttpRequest.newBuilder(broker.uri(path("")))
                .header("Content-Type", type)
                .POST(BodyPublishers.ofByteArray(body))
                .build()));

        assertThat(answer.counts()).isEqualTo("202 received 2 stored 2 deduplicated 0 rejected 0");
        assertThat(broker.messages(device)).containsExactly("hey", "hey");
    }

    @Test
    void messagePack_thatIsNone_is400() {
        Answer answer = post("application/msgpack", "{\"message\":\"a\"}");

        assertThat(answer.counts()).startsWith("400 received 0 stored 0");
    }

    @Test
    void array_isALinePerElement() {
        Answer answer = post("application/json", "[{\"message\":\"a\"},\n{\"message\":\"b],\\\"\"}]");

        assertThat(answer.counts()).isEqualTo("202 received 2 stored 2 deduplicated 0 rejected 0");
        assertThat(broker.messages(device)).containsExactly("a", "b],\"");
    }

    @Test
    void singleObject_isAnArrayOfOne() {
        assertThat(post("application/json", "{\"message\":\"a\"}").counts()).startsWith("202 received 1 stored 1");
        assertThat(post("application/json", "[]").counts()).startsWith("202 received 0 stored 0");
    }

    @Test
    void text_isAMessagePerLine() {
        Answer answer = post("text/plain; charset=utf-8", "a\r\n\n{\"message\":\"b\"}\n é");

        assertThat(answer.counts()).isEqualTo("202 received 4 stored 4 deduplicated 0 rejected 0");
        assertThat(broker.messages(device)).containsExactly("a", "", "{\"message\":\"b\"}", " é");
    }

    @Test
    void byteOrderMark_isNotPartOfTheFirstLine() {
        post("application/x-ndjson", "\uFEFF{\"message\":\"a\"}\n");
        post("application/json", "\uFEFF[{\"message\":\"b\"}]");
        assertThat(broker.messages(device)).containsExactly("a", "b");
    }

    @Test
    void emptyBody_isNothing() {
        for (String type : List.of("application/x-ndjson", "text/plain")) {
            assertThat(post(type, "").counts()).isEqualTo("202 received 0 stored 0 deduplicated 0 rejected 0");
        }
        assertThat(post("application/json", "").status()).isEqualTo(400);
    }

    @Test
    void badLines_areNamedAndTheirNeighboursStored() {
        String body = "{\"message\":\"a\"}\nnonsense\n{\"message\":\"b\"}\n{\"message\":\"" + "x".repeat(130 * 1024)
                + "\"}\n{\"message\":null}\n{\"message\":\"c\"}";
        Answer answer = post("application/x-ndjson", body);

        assertThat(answer.counts()).isEqualTo("202 received 6 stored 3 deduplicated 0 rejected 3");
        assertThat(answer.json().getJsonArray("errors").encode())
                .isEqualTo("[{\"line\":2,\"reason\":\"not a JSON object\"},"
                        + "{\"line\":4,\"reason\":\"longer than 131072 bytes\"},"
                        + "{\"line\":5,\"reason\":\"message is missing\"}]");
        assertThat(broker.messages(device)).containsExactly("a", "b", "c");
    }

    @Test
    void manyBadLines_areAllCountedAndSomeNamed() {
        Answer answer = post("application/x-ndjson", "x\n".repeat(5000));
        assertThat(answer.counts()).isEqualTo("400 received 5000 stored 0 deduplicated 0 rejected 5000");
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.json().getString("type")).isEqualTo("urn:tailrace:problem:no-valid-line");
        assertThat(answer.json().getString("detail"))
                .startsWith("none of the 5000 lines can be stored (the first: not a JSON object)")
                .contains("{\"message\":\"…\"}");
        assertThat(answer.json().getJsonArray("errors")).hasSize(20);
    }

    @Test
    void brokenArray_keepsWhatCameBeforeAndSaysSo() {
        Answer answer = post("application/json", "[{\"message\":\"a\"},{\"message\":\"b\"}");
        assertThat(answer.counts()).isEqualTo("400 received 2 stored 2 deduplicated 0 rejected 0");
        assertThat(answer.json().getString("type")).isEqualTo("urn:tailrace:problem:unreadable-body");
        assertThat(broker.messages(device)).containsExactly("a", "b");
    }

    @Test
    void tenThousandLinesInOneBody_areAllStoredAndAllReachALiveReader() {
        List<String> expected =
                IntStream.range(0, 10_000).mapToObj(i -> "burst " + i).toList();
        try (TestReader reader = TestReader.open(broker, device)) {
            assertThat(post("text/plain", String.join("\n", expected)).counts())
                    .isEqualTo("202 received 10000 stored 10000 deduplicated 0 rejected 0");
            assertThat(reader.messages(10_000)).isEqualTo(expected);
        }
        assertThat(broker.messages(device)).isEqualTo(expected.subList(9000, 10_000));
    }

    // ---- producers

    @Test
    void bodySentAgainByAProducer_isStoredOnce() {
        assertThat(post("?producer=p", "application/x-ndjson", numbered(1, 10)).counts())
                .isEqualTo("202 received 10 stored 10 deduplicated 0 rejected 0");
        assertThat(post("?producer=p", "application/x-ndjson", numbered(1, 10)).counts())
                .isEqualTo("202 received 10 stored 0 deduplicated 10 rejected 0");
        assertThat(post("?producer=p", "application/x-ndjson", numbered(6, 15)).counts())
                .isEqualTo("202 received 10 stored 5 deduplicated 5 rejected 0");
        assertThat(post("?producer=p", "text/plain", "a").counts())
                .isEqualTo("400 received 1 stored 0 deduplicated 0 rejected 1");

        assertThat(broker.messages(device))
                .isEqualTo(IntStream.rangeClosed(1, 15).mapToObj(i -> "n" + i).toList());
    }

    @Test
    void invalidProducer_isRefused() {
        Answer answer = post("?producer=a%2Fb", "application/x-ndjson", numbered(1, 1));
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().getString("type")).isEqualTo("urn:tailrace:problem:bad-parameter");
    }

    // ---- encodings

    @Test
    void compressedBody_isDecoded() {
        byte[] body = ascii("{\"message\":\"a\"}\n{\"message\":\"b\"}\n");
        assertThat(encoded("gzip", GzipDecoderTest.gzip(body)).counts()).startsWith("202 received 2 stored 2");
        assertThat(encoded("x-gzip", GzipDecoderTest.gzip(body)).counts()).startsWith("202 received 2 stored 2");
        assertThat(encoded("zstd", ZstdDecoderTest.zstd(body)).counts()).startsWith("202 received 2 stored 2");
        assertThat(encoded("ZSTD", ZstdDecoderTest.zstd(body)).counts()).startsWith("202 received 2 stored 2");
        assertThat(encoded("identity", body).counts()).startsWith("202 received 2 stored 2");
    }

    @Test
    void invalidCompressedBody_keepsTheLinesBeforeTheError() {
        byte[] body = ascii("{\"message\":\"a\"}\n{\"message\":\"b\"}\n");
        byte[] cut = java.util.Arrays.copyOf(GzipDecoderTest.gzip(body), 40);
        assertThat(encoded("gzip", body).status()).isEqualTo(400);
        assertThat(encoded("zstd", body).status()).isEqualTo(400);
        assertThat(encoded("gzip", cut).json().getString("detail")).isEqualTo("the compressed body is truncated");
        assertThat(encoded("gzip", join(GzipDecoderTest.gzip(body), ascii("trailing")))
                        .counts())
                .startsWith("400 received 2 stored 2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"br", "compress", "gzip, gzip", "gzip, deflate", "nonsense"})
    void otherEncoding_isRefused(String encoding) {
        Answer answer = encoded(encoding, ascii("{\"message\":\"a\"}"));
        assertThat(answer.status()).isEqualTo(415);
        assertThat(answer.header("Accept-Encoding")).isEqualTo("zstd, gzip, deflate");
        assertThat(answer.json().getString("type")).isEqualTo("urn:tailrace:problem:unsupported-encoding");
    }

    /** HTTP means zlib's format by it; some senders send bare deflate data. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void deflate_ofEitherForm_isDecoded(boolean bare) {
        Answer answer = encoded("deflate", DeflateDecoderTest.deflate(ascii("{\"message\":\"a\"}"), bare));
        assertThat(answer.status()).isEqualTo(202);
        assertThat(broker.messages(device)).containsExactly("a");
    }

    @Test
    void truncatedDeflate_isRefused() {
        byte[] whole = DeflateDecoderTest.deflate(ascii("{\"message\":\"a\"}"), false);
        Answer answer = encoded("deflate", Arrays.copyOf(whole, whole.length - 1));
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().getString("detail")).contains("the compressed body is truncated");
    }

    @Test
    void gzipBomb_isJustALongLine() throws Exception {
        byte[] bomb = bomb(1024);
        long before = usedMemory();

        CompletableFuture<Answer> answer = CompletableFuture.supplyAsync(() -> encoded("gzip", bomb));
        AtomicLong most = new AtomicLong();
        await().atMost(Duration.ofMinutes(1)).until(() -> {
            most.accumulateAndGet(usedMemory(), Math::max);
            return answer.isDone();
        });

        assertThat(answer.get(1, TimeUnit.MINUTES).counts())
                .isEqualTo("400 received 1 stored 0 deduplicated 0 rejected 1");
        assertThat(most.get() - before).isLessThan(64L << 20);
        assertThat(post("text/plain", "still here").counts()).startsWith("202 received 1 stored 1");
    }

    @Test
    void gzipBombInAnArray_isTooLarge() {
        HttpRequest request = HttpRequest.newBuilder(broker.uri(path("")))
                .header("Content-Type", "application/json")
                .header("Content-Encoding", "gzip")
                .timeout(Duration.ofSeconds(60))
                .POST(BodyPublishers.ofByteArray(
                        join(GzipDecoderTest.gzip(ascii("[{\"message\":\"a\"},\"")), bomb(64))))
                .build();
        Answer answer = new Answer(broker.send(request));
        assertThat(answer.counts()).startsWith("413 received 1 stored 1");
    }

    // ---- refusals

    // ---- bodies that are not what they are called

    static final List<String> JSON_TYPES = List.of(
            "application/json",
            "application/json; charset=utf-8",
            "text/json",
            "application/x-json",
            "application/x-ndjson",
            "application/ndjson",
            "application/nd-json",
            "application/jsonl",
            "application/x-jsonl",
            "application/jsonlines",
            "application/x-jsonlines",
            "application/json-lines",
            "application/json-seq",
            "application/json-stream",
            "application/stream+json",
            "application/vnd.acme.logs+json",
            "application/vnd.elasticsearch+x-ndjson",
            "application/geo+json-seq",
            "text/x-ndjson");

    static final List<String> TWO_LINES = List.of(
            "{\"message\":\"a\"}\n{\"message\":\"b\"}\n",
            "{\"message\":\"a\"}{\"message\":\"b\"}",
            "[{\"message\":\"a\"},{\"message\":\"b\"}]",
            "[{\"message\":\"a\"}]\n[{\"message\":\"b\"}]",
            "[\n  {\"message\":\"a\"},\n  {\"message\":\"b\"}\n]\n",
            "{\n  \"message\": \"a\"\n}\n{\n  \"message\": \"b\"\n}\n",
            "\u001E{\"message\":\"a\"}\n\u001E{\"message\":\"b\"}\n",
            "[\"a\",\"b\"]",
            "\"a\"\n\"b\"\n",
            "[1764410400.5,{\"log\":\"a\"}]\n[[1764410401.5,{}],{\"log\":\"b\"}]",
            "[[1764410400.5,{\"log\":\"a\"}],[1764410401.5,{\"log\":\"b\"}]]",
            "{\"date\":1527599027.002163,\"log\":\"a\"}{\"date\":1527599028.1,\"log\":\"b\"}",
            "\uFEFF{\"message\":\"a\"},\r\n{\"message\":\"b\"}");

    static Stream<Arguments> bodies() {
        return JSON_TYPES.stream().flatMap(type -> TWO_LINES.stream().map(body -> Arguments.of(type, body)));
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void twoLines_areStoredUnderAnyNameOfJson(String type, String body) {
        assertThat(post(type, body).counts()).isEqualTo("202 received 2 stored 2 deduplicated 0 rejected 0");
        assertThat(broker.messages(device)).containsExactly("a", "b");
    }

    @Test
    void compressedLines_areReadAsWhatTheyAre() {
        for (String body : TWO_LINES) {
            Answer answer = new Answer(broker.send(HttpRequest.newBuilder(broker.uri(path("")))
                    .header("Content-Type", "application/json")
                    .header("Content-Encoding", "gzip")
                    .timeout(Duration.ofSeconds(30))
                    .POST(BodyPublishers.ofByteArray(GzipDecoderTest.gzip(body.getBytes(StandardCharsets.UTF_8))))
                    .build()));
            assertThat(answer.counts()).as(body).isEqualTo("202 received 2 stored 2 deduplicated 0 rejected 0");
        }
    }

    @Test
    void brokenLinesAmongGoodOnes_areCounted_underAnyNameOfJson() {
        for (String type : JSON_TYPES) {
            Answer answer =
                    post(type, "{\"message\":\"a\"}\n{\"message\":\"b\"\n{\"message\":\"c\n{\"message\":\"d\"}");
            assertThat(answer.counts()).as(type).isEqualTo("202 received 4 stored 2 deduplicated 0 rejected 2");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "[{}]", "[1,2]", "{\"message\":", "{\"message\":null}", "[null]"})
    void bodyWithLinesOfWhichNoneIsStored_isRefusedWithItsCounts(String body) {
        for (String type : List.of("application/json", "application/x-ndjson")) {
            Answer answer = post(type, body);
            assertThat(answer.counts()).startsWith("400 received ").contains(" stored 0 ");
            assertThat(answer.json().getJsonArray("errors")).isNotEmpty();
            assertThat(answer.json().getString("detail")).contains("expected JSON objects");
        }
    }

    @Test
    void textOfWhichNoLineIsStored_isRefusedWithItsCounts() {
        Answer answer = post("text/plain", "x".repeat(200_000) + "\n");
        assertThat(answer.counts()).isEqualTo("400 received 1 stored 0 deduplicated 0 rejected 1");
        assertThat(answer.json().getString("detail"))
                .contains("longer than")
                .contains("expected a message per line, of at most 131072 bytes")
                .doesNotContain("JSON");
        assertThat(post("text/plain", "x".repeat(200_000) + "\nshort\n").counts())
                .isEqualTo("202 received 2 stored 1 deduplicated 0 rejected 1");
        assertThat(post("text/plain", "\n\n").counts()).startsWith("202 ");
    }

    @Test
    void repeatedLines_areNoError() {
        assertThat(post("?producer=r", "application/x-ndjson", numbered(1, 3)).counts())
                .startsWith("202 ");
        assertThat(post("?producer=r", "application/x-ndjson", "x\n" + numbered(1, 3))
                        .counts())
                .isEqualTo("202 received 4 stored 0 deduplicated 3 rejected 1");
    }

    @Test
    void jsonAsText_isAMessage() {
        assertThat(post("text/plain", "[{\"message\":\"a\"}]\n{").counts()).startsWith("202 received 2 stored 2");
        assertThat(broker.messages(device)).containsExactly("[{\"message\":\"a\"}]", "{");
    }

    @Test
    void endlessValuesWithoutNewlines_areVisibleBeforeTheyEnd() {
        try (TestReader reader = TestReader.open(broker, device);
                RawSocket socket = new RawSocket(broker.port())) {
            socket.write(head("Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked"));
            for (int i = 1; i <= 5; i++) {
                socket.write(chunk("{\"message\":\"m" + i + "\"}{\"message\":"));
                assertThat(reader.messages(2 * i - 1)).endsWith("m" + i);
                socket.write(chunk("\"n" + i + "\"}"));
                assertThat(reader.messages(2 * i)).endsWith("n" + i);
            }
            assertThat(socket.write("0\r\n\r\n").readResponse()).contains("\"stored\":10");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "application/xml", "multipart/form-data; boundary=x", "nonsense", "*/*"})
    void otherContentType_isRefused(String type) {
        Answer answer = post(type, "{\"message\":\"a\"}");
        assertThat(answer.status()).isEqualTo(415);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.json().getString("type")).isEqualTo("urn:tailrace:problem:unsupported-content-type");
    }

    @Test
    void bodyThatNamesAnExcessiveLength_isRefusedBeforeItIsSent() {
        try (RawSocket socket = new RawSocket(broker.port())) {
            String answer = socket.write(head("Content-Type: text/plain\r\nContent-Length: " + (BODY_LIMIT + 1)))
                    .readResponse();
            assertThat(answer)
                    .startsWith("HTTP/1.1 413 ")
                    .contains("body-too-large")
                    .contains("connection: close");
        }
    }

    /** A client that continues to send must be able to read why it is refused. */
    @Test
    void bodyRefusedInTheMiddle_itsSenderCanReadTheResponse() {
        for (int i = 0; i < 20; i++) {
            Answer tooLong = post("text/plain", "x".repeat(BODY_LIMIT + 1));
            assertThat(tooLong.status()).isEqualTo(413);
            Answer unreadable = post("application/json", "nonsense" + "x".repeat(BODY_LIMIT - 100));
            assertThat(unreadable.status()).isEqualTo(400);
        }
    }

    /** A simple client writes its whole body before it reads. */
    @Test
    void bodyBrokenAtItsBeginning_isSkippedToItsEnd() {
        byte[] rest = chunk("x".repeat(64 * 1024));
        try (RawSocket socket = new RawSocket(broker.port())) {
            socket.write(head("Content-Type: application/json\r\nTransfer-Encoding: chunked"))
                    .write(chunk("nonsense"));
            for (int i = 0; i < 500; i++) {
                socket.write(rest);
            }
            assertThat(socket.write("0\r\n\r\n").readResponse()).startsWith("HTTP/1.1 400 ");
        }
    }

    @Test
    void refusedSenderThatDoesNotEnd_isDisconnected() {
        try (RawSocket socket = new RawSocket(broker.port())) {
            socket.write(head("Content-Type: application/json\r\nTransfer-Encoding: chunked"))
                    .write(chunk("nonsense"));
            assertThat(socket.readResponse()).startsWith("HTTP/1.1 400 ");
            assertThat(socket.isClosedByPeer()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({"a%2Fb, 400", "a%20b, 400", "%00, 400", "%C3%A4, 400", "a%5Cb, 400"})
    void invalidDevice_isRefused(String name, int status) {
        HttpResponse<String> response =
                broker.send(HttpRequest.newBuilder(broker.uri("/api/v1/devices/" + name + "/logs"))
                        .header("Content-Type", "text/plain")
                        .POST(BodyPublishers.ofString("a"))
                        .build());
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    }

    // ---- http/2

    @Test
    void http2_isServedAndRefusedAlike() {
        HttpClient http2 =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
        for (int i = 0; i < 3; i++) {
            assertThat(post(http2, "", "text/plain", "a\nb").counts()).startsWith("202 received 2 stored 2");
            assertThat(post(http2, "", "application/json", "nonsense").status()).isEqualTo(400);
            assertThat(post(http2, "", "application/xml", "a").status()).isEqualTo(415);
            assertThat(post(http2, "", "text/plain", "x".repeat(BODY_LIMIT + 1)).status())
                    .isEqualTo(413);
        }
        assertThat(post(http2, "", "text/plain", "c").response.version()).isEqualTo(HttpClient.Version.HTTP_2);
    }

    // ---- bodies that come slowly, or not at all

    @Test
    void endlessBody_isVisibleBeforeItEnds() {
        try (TestReader reader = TestReader.open(broker, device);
                RawSocket socket = new RawSocket(broker.port())) {
            socket.write(head("Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked"));
            for (int i = 1; i <= 5; i++) {
                socket.write(chunk("{\"message\":\"m" + i + "\"}\n{\"message\":"));
                assertThat(reader.messages(2 * i - 1)).endsWith("m" + i);
                socket.write(chunk("\"n" + i + "\"}\n"));
                assertThat(reader.messages(2 * i)).endsWith("n" + i);
            }
            assertThat(socket.write("0\r\n\r\n").readResponse())
                    .startsWith("HTTP/1.1 202 ")
                    .contains("\"stored\":10");
        }
    }

    @Test
    void compressedEndlessBody_isVisibleBeforeItEnds() throws IOException {
        try (TestReader reader = TestReader.open(broker, device);
                RawSocket socket = new RawSocket(broker.port())) {
            socket.write(head("Content-Type: text/plain\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked"));
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            GZIPOutputStream gzip = new GZIPOutputStream(out, true);
            for (int i = 1; i <= 5; i++) {
                gzip.write(ascii("m" + i + "\n"));
                gzip.flush();
                socket.write(chunk(out.toByteArray()));
                out.reset();
                assertThat(reader.messages(i)).endsWith("m" + i);
            }
            gzip.close();
            socket.write(chunk(out.toByteArray()));
            assertThat(socket.write("0\r\n\r\n").readResponse())
                    .startsWith("HTTP/1.1 202 ")
                    .contains("\"stored\":5");
        }
    }

    @Test
    void abortedBody_keepsWhatCameBefore() {
        RawSocket socket = new RawSocket(broker.port());
        socket.write(head("Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked"))
                .write(chunk("{\"message\":\"a\"}\n{\"message\":\"b\"}\n{\"message\":\"half"));
        await().until(() -> broker.messages(device).size() == 2);
        socket.abort();
        await().untilAsserted(() ->
                assertThat(broker.get("/api/v1/devices/" + device).body()).contains("\"connections\":0"));
        assertThat(broker.messages(device)).containsExactly("a", "b");
    }

    @Test
    void bodyShorterThanItSays_keepsWhatCameBefore() {
        try (RawSocket socket = new RawSocket(broker.port())) {
            socket.write(head("Content-Type: text/plain\r\nContent-Length: 1000"))
                    .write("a\nb\n");
        }
        await().until(() -> broker.messages(device).equals(List.of("a", "b")));
    }

    @Test
    void expectation_isAnsweredBeforeTheBody() {
        try (RawSocket socket = new RawSocket(broker.port())) {
            socket.write(head("Content-Type: text/plain\r\nContent-Length: 2\r\nExpect: 100-continue"));
            assertThat(socket.readHead()).startsWith("HTTP/1.1 100 ");
            assertThat(socket.write("a\n").readResponse()).startsWith("HTTP/1.1 202 ");
        }
    }

    @Test
    void pipelinedBodies_areAnsweredInOrder() {
        try (RawSocket socket = new RawSocket(broker.port())) {
            byte[] request = join(head("Content-Type: text/plain\r\nContent-Length: 2"), ascii("a\n"));
            socket.write(join(request, request, request));
            for (int i = 0; i < 3; i++) {
                assertThat(socket.readResponse()).startsWith("HTTP/1.1 202 ");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST",
                "POST /api/v1/devices/d/logs HTTP/1.1",
                "POST /api/v1/devices/d/logs HTTP/1.1\r\nContent-Le",
                "POST /api/v1/devices/d/logs HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\na",
                "POST /api/v1/devices/d/logs HTTP/1.1\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\na",
                "POST /api/v1/devices/d/logs HTTP/1.1\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                "POST /api/v1/devices/d/logs HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "\0\1\2\3",
                "\r\n\r\n\r\n"
            })
    void halfARequest_doesNotAffectOtherConnections(String half) {
        RawSocket socket = new RawSocket(broker.port());
        socket.write(half);
        assertThat(post("text/plain", "a").status()).isEqualTo(202);
        socket.abort();
        assertThat(post("text/plain", "b").status()).isEqualTo(202);
    }

    @ParameterizedTest
    @CsvSource({
        "'GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n', 400",
        "'nonsense\r\n\r\n', 400",
        "'POST /api/v1/devices/d/logs HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: x\r\n\r\n', 400",
        "'POST /api/v1/devices/d/logs HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: -1\r\n\r\n', 400",
        "'POST /api/v1/devices/d/logs HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 99999999999999999999\r\n\r\n', 400",
        "'POST /api/v1/devices/d/logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 9223372036854775807\r\n\r\n', 413"
    })
    void brokenHead_isTheCallersFault(String request, int status) {
        try (RawSocket socket = new RawSocket(broker.port())) {
            assertThat(socket.write(request).readHead()).matches("(?s)HTTP/1\\.[01] " + status + " .*");
        }
    }

    @Test
    void giantHead_isRefused() {
        try (RawSocket socket = new RawSocket(broker.port())) {
            socket.write("POST " + path("") + " HTTP/1.1\r\nX: " + "x".repeat(100_000));
            assertThat(socket.readHead()).matches("(?s)HTTP/1\\.[01] 431 .*");
        }
        try (RawSocket socket = new RawSocket(broker.port())) {
            socket.write("POST /" + "x".repeat(100_000));
            assertThat(socket.readHead()).matches("(?s)HTTP/1\\.[01] 414 .*");
        }
        assertThat(post("text/plain", "a").status()).isEqualTo(202);
    }

    // ---- helpers

    private record Answer(HttpResponse<String> response) {
        int status() {
            return response.statusCode();
        }

        JsonObject json() {
            return new JsonObject(response.body());
        }

        String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }

        String counts() {
            JsonObject json = json();
            return status() + " received " + json.getLong("received") + " stored " + json.getLong("stored")
                    + " deduplicated " + json.getLong("deduplicated") + " rejected " + json.getLong("rejected");
        }
    }

    private String path(String query) {
        return "/api/v1/devices/" + device + "/logs" + query;
    }

    private byte[] head(String headers) {
        return ascii("POST " + path("") + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n\r\n");
    }

    private static byte[] chunk(String text) {
        return chunk(text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] chunk(byte[] bytes) {
        return join(ascii(Integer.toHexString(bytes.length) + "\r\n"), bytes, ascii("\r\n"));
    }

    private Answer post(String type, String body) {
        return post("", type, body);
    }

    private Answer post(String query, String type, String body) {
        return post(broker.http, query, type, body);
    }

    private Answer post(HttpClient client, String query, String type, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(broker.uri(path(query)))
                .timeout(Duration.ofSeconds(30))
                .POST(BodyPublishers.ofString(body));
        if (!type.isEmpty()) {
            request.header("Content-Type", type);
        }
        return new Answer(broker.send(client, request.build()));
    }

    private Answer encoded(String encoding, byte[] body) {
        return new Answer(broker.send(HttpRequest.newBuilder(broker.uri(path("")))
                .header("Content-Type", "application/x-ndjson")
                .header("Content-Encoding", encoding)
                .timeout(Duration.ofSeconds(60))
                .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)))
                .build()));
    }

    /** Zeros in gzip members of one mebibyte each, which take 1 KiB on the wire. */
    private static byte[] bomb(int mebibytes) {
        byte[] member = GzipDecoderTest.gzip(new byte[1024 * 1024]);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < mebibytes; i++) {
            out.writeBytes(member);
        }
        return out.toByteArray();
    }

    private static long usedMemory() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static String numbered(int first, int last) {
        return IntStream.rangeClosed(first, last)
                .mapToObj(i -> "{\"message\":\"n" + i + "\",\"seq\":" + i + "}\n")
                .collect(Collectors.joining());
    }
}
