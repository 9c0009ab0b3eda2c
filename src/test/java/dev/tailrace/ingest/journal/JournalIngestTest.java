package dev.tailrace.ingest.journal;

import static dev.tailrace.ingest.journal.JournalSample.BOOT;
import static dev.tailrace.ingest.journal.JournalSample.JOURNAL;
import static dev.tailrace.ingest.journal.JournalSample.OTHER_BOOT;
import static dev.tailrace.ingest.journal.JournalSample.OTHER_JOURNAL;
import static dev.tailrace.ingest.journal.JournalSample.binary;
import static dev.tailrace.ingest.journal.JournalSample.entry;
import static dev.tailrace.ingest.journal.JournalSample.message;
import static dev.tailrace.testing.RawSocket.ascii;
import static dev.tailrace.testing.RawSocket.join;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.ingest.body.ZstdDecoderTest;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RunningBroker;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies in the journal export format, over real sockets. */
class JournalIngestTest {

    private static RunningBroker broker;

    private final String device = RunningBroker.newDevice();

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(Setting.INGEST_LINE_BYTES, "128KiB", Setting.INGEST_WINDOW_LINES, "50"));
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

    private String path() {
        return "/api/v1/devices/" + device + "/upload";
    }

    private HttpResponse<String> post(byte[]... entries) {
        return broker.send(HttpRequest.newBuilder(broker.uri(path()))
                .header("Content-Type", "application/vnd.fdo.journal")
                .POST(BodyPublishers.ofByteArray(join(entries)))
                .build());
    }

    private String counts(byte[]... entries) {
        HttpResponse<String> answer = post(entries);
        JsonObject body = new JsonObject(answer.body());
        return answer.statusCode() + " stored " + body.getInteger("stored") + " deduplicated "
                + body.getInteger("deduplicated") + " rejected " + body.getInteger("rejected");
    }

    private RawSocket begin() {
        RawSocket socket = new RawSocket(broker.port());
        socket.write("POST " + path() + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/vnd.fdo.journal\r\n"
                + "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
        // Before any of the body has been sent.
        assertThat(socket.readHead()).startsWith("HTTP/1.1 100 ");
        return socket;
    }

    private static byte[] chunk(byte[] bytes, int from, int to) {
        return join(ascii(Integer.toHexString(to - from) + "\r\n"), Arrays.copyOfRange(bytes, from, to), ascii("\r\n"));
    }

    private static byte[] chunk(byte[] bytes) {
        return chunk(bytes, 0, bytes.length);
    }

    // ---- fields

    @Test
    void entry_becomesALine() {
        byte[] fields = join(
                ascii("PRIORITY=4\n_SYSTEMD_UNIT=pump.service\nSYSLOG_IDENTIFIER=sh\n_PID=7\n"),
                binary("MESSAGE", "\033[31mtwo\nlines"));

        assertThat(counts(entry(JOURNAL, 1, BOOT, fields))).isEqualTo("202 stored 1 deduplicated 0 rejected 0");

        JsonObject stored = broker.history(device).get(0);
        stored.remove("id");
        stored.remove("receivedAt");
        assertThat(stored)
                .isEqualTo(new JsonObject()
                        .put("timestamp", JournalSample.TIME + 1000)
                        .put("message", "\033[31mtwo\nlines")
                        .put("service", "pump")
                        .put("level", "warn"));
    }

    @ParameterizedTest
    @CsvSource({
        "0,emergency",
        "1,alert",
        "2,critical",
        "3,error",
        "4,warn",
        "5,notice",
        "6,info",
        "7,debug",
        "8,",
        "x,",
        "66,",
        "-1,"
    })
    void priority_isTheLevel(String priority, String level) {
        post(entry(JOURNAL, 1, BOOT, "PRIORITY=" + priority + "\nMESSAGE=a\n"));

        assertThat(broker.history(device).get(0).getString("level")).isEqualTo(level);
    }

    @ParameterizedTest
    @CsvSource({
        "_SYSTEMD_UNIT=docker.service;CONTAINER_NAME=web;SYSLOG_IDENTIFIER=x,web,false",
        "_SYSTEMD_UNIT=ssh.service;SYSLOG_IDENTIFIER=sshd,ssh,false",
        "_SYSTEMD_UNIT=app-1.scope,app-1.scope,false",
        "SYSLOG_IDENTIFIER=cron,cron,false",
        "_TRANSPORT=kernel;SYSLOG_IDENTIFIER=kernel,kernel,true",
        "SYSLOG_IDENTIFIER=systemd;_SYSTEMD_UNIT=init.scope,init.scope,true",
        "SYSLOG_IDENTIFIER=systemd-logind;_SYSTEMD_UNIT=systemd-logind.service,systemd-logind,true",
        "_COMM=x,,false"
    })
    void unitOrContainer_isTheService(String fields, String service, boolean system) {
        byte[] bytes = entry(JOURNAL, 1, BOOT, "MESSAGE=a\n" + fields.replace(';', '\n') + "\n");
        post(ascii(new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1).replace("_TRANSPORT=stdout\n", "")));

        JsonObject stored = broker.history(device).get(0);
        assertThat(stored.getString("service")).isEqualTo(service);
        assertThat(stored.getBoolean("system", false)).isEqualTo(system);
    }

    // ---- cuts

    @Test
    void bodyInPiecesOfOneByte_isTheSame() {
        byte[] body =
                join(message(1, "one"), entry(JOURNAL, 2, BOOT, binary("MESSAGE", "two\n\n")), message(3, "three"));
        try (RawSocket socket = begin()) {
            for (int i = 0; i < body.length; i++) {
                socket.write(chunk(body, i, i + 1));
            }
            assertThat(socket.write("0\r\n\r\n").readResponse()).startsWith("HTTP/1.1 202 ");
        }
        assertThat(broker.messages(device)).containsExactly("one", "two\n\n", "three");
    }

    @Test
    void endlessBody_isStoredAsItComes() {
        try (RawSocket socket = begin()) {
            for (int i = 1; i <= 5; i++) {
                byte[] entry = message(i, "line " + i);
                int cut = entry.length / 2;
                socket.write(chunk(entry, 0, cut)).write(chunk(entry, cut, entry.length));
                int stored = i;
                await().untilAsserted(() -> assertThat(broker.messages(device)).hasSize(stored));
            }
        }
    }

    @Test
    void manyEntries_areAllStoredInOrder() {
        byte[][] entries = IntStream.rangeClosed(1, 900)
                .mapToObj(i -> message(i, "line " + i))
                .toArray(byte[][]::new);

        assertThat(counts(entries)).isEqualTo("202 stored 900 deduplicated 0 rejected 0");
        assertThat(broker.messages(device))
                .isEqualTo(
                        IntStream.rangeClosed(1, 900).mapToObj(i -> "line " + i).toList());
    }

    // ---- sent again

    @Test
    void entriesSentAgain_areStoredOnce() {
        post(message(1, "one"), message(2, "two"));

        assertThat(counts(message(1, "one"), message(2, "two"), message(3, "three")))
                .isEqualTo("202 stored 1 deduplicated 2 rejected 0");
        assertThat(broker.messages(device)).containsExactly("one", "two", "three");
    }

    @Test
    void brokenConnection_keepsWholeEntries_andTheRestIsStoredOnce() {
        byte[] second = message(2, "two");
        try (RawSocket socket = begin()) {
            socket.write(chunk(message(1, "one"))).write(chunk(second, 0, second.length - 1));
            await().untilAsserted(() -> assertThat(broker.messages(device)).containsExactly("one"));
            socket.abort();
        }
        post(message(1, "one"), second);
        assertThat(broker.messages(device)).containsExactly("one", "two");
    }

    @Test
    void anotherJournal_countsOnItsOwn() {
        byte[][] body = {
            entry(JOURNAL, 7, BOOT, "MESSAGE=a7\n"),
            entry(OTHER_JOURNAL, 1, BOOT, "MESSAGE=b1\n"),
            entry(OTHER_JOURNAL, 2, BOOT, "MESSAGE=b2\n"),
            entry(JOURNAL, 8, BOOT, "MESSAGE=a8\n"),
        };
        assertThat(counts(body)).isEqualTo("202 stored 4 deduplicated 0 rejected 0");
        assertThat(counts(body)).isEqualTo("202 stored 0 deduplicated 4 rejected 0");
        assertThat(broker.messages(device)).containsExactly("a7", "b1", "b2", "a8");
    }

    @Test
    void entryWithoutCursor_isStoredAsOftenAsItComes() {
        post(ascii("MESSAGE=a\n\n"), message(1, "one"), ascii("MESSAGE=b\n\n"));
        post(ascii("MESSAGE=a\n\n"));
        assertThat(broker.messages(device)).containsExactly("a", "one", "b", "a");
    }

    // ---- boots

    private static final String MARKER = "-- Boot " + OTHER_BOOT + " --";

    @Test
    void bootThatBeginsWithinABody_isMarkedOnce() {
        byte[] before = message(1, "before");
        byte[] after = entry(JOURNAL, 2, OTHER_BOOT, "MESSAGE=after\n");

        post(before, after);
        post(before, after);
        post(after, entry(JOURNAL, 3, OTHER_BOOT, "MESSAGE=later\n"));

        assertThat(broker.messages(device)).containsExactly("before", MARKER, "after", "later");
        assertThat(broker.history(device).get(1).getBoolean("system")).isTrue();
    }

    @Test
    void bootThatBeginsABody_isMarkedOnce() {
        byte[] before = message(1, "before");
        byte[] after = entry(OTHER_JOURNAL, 2, OTHER_BOOT, "MESSAGE=after\n");

        post(before);
        post(after);
        post(after);
        post(before, after);

        assertThat(broker.messages(device)).containsExactly("before", MARKER, "after");
    }

    // ---- lines of several entries

    private static final String PART = "CONTAINER_ID=abc;CONTAINER_NAME=web;PRIORITY=6;CONTAINER_PARTIAL_MESSAGE=true;";
    private static final String REST = "CONTAINER_ID=abc;CONTAINER_NAME=web;PRIORITY=6;";

    private static byte[] part(long number, String fields, String message) {
        return entry(JOURNAL, number, BOOT, fields.replace(';', '\n') + "MESSAGE=" + message + "\n");
    }

    @Test
    void partsOfALine_areOneLine_andCountAsOne() {
        byte[][] body = {part(1, PART, "a"), message(2, "between"), part(3, REST, "b"), message(4, "after")};
        assertThat(counts(body)).isEqualTo("202 stored 3 deduplicated 0 rejected 0");
        assertThat(counts(body)).as("sent again").isEqualTo("202 stored 0 deduplicated 3 rejected 0");
        assertThat(broker.messages(device)).containsExactly("between", "ab", "after");
    }

    @Test
    void lineWhoseRestIsInTheNextUpload_isStoredBeforeTheAnswer_andOnce() {
        byte[][] first = {part(1, PART, "a"), message(2, "between")};
        assertThat(counts(first)).isEqualTo("202 stored 2 deduplicated 0 rejected 0");
        assertThat(broker.messages(device)).containsExactly("between", "a");
        assertThat(counts(first)).as("sent again").isEqualTo("202 stored 0 deduplicated 2 rejected 0");

        assertThat(counts(part(3, REST, "b"))).isEqualTo("202 stored 1 deduplicated 0 rejected 0");
        assertThat(broker.messages(device)).containsExactly("between", "a", "b");
    }

    @Test
    void partsAtTheEndOfABrokenUpload_areNotStored_andJoinedWhenSentAgain() {
        byte[] first = part(1, PART, "a");
        byte[] between = message(2, "between");
        byte[] rest = part(3, REST, "b");
        try (RawSocket socket = begin()) {
            socket.write(chunk(first)).write(chunk(between));
            await().untilAsserted(() -> assertThat(broker.messages(device)).containsExactly("between"));
            socket.abort();
        }
        assertThat(counts(first, between, rest)).isEqualTo("202 stored 1 deduplicated 1 rejected 0");
        assertThat(broker.messages(device)).containsExactly("between", "ab");
    }

    @Test
    void restThatDoesNotCome_inAnEndlessUpload_isNotWaitedFor() {
        try (RawSocket socket = begin()) {
            socket.write(chunk(part(1, PART, "a")));
            await().untilAsserted(() -> assertThat(broker.messages(device)).containsExactly("a"));
            socket.write(chunk(part(2, REST, "b")));
            await().untilAsserted(() -> assertThat(broker.messages(device)).containsExactly("a", "b"));
        }
    }

    @Test
    void manyOpenLines_areAllStored_inTheOrderOfTheirParts() {
        byte[][] parts = IntStream.rangeClosed(1, 200)
                .mapToObj(i -> part(i, PART.replace("abc", "c" + i), "part " + i))
                .toArray(byte[][]::new);

        assertThat(counts(parts)).isEqualTo("202 stored 200 deduplicated 0 rejected 0");
        assertThat(broker.messages(device))
                .isEqualTo(
                        IntStream.rangeClosed(1, 200).mapToObj(i -> "part " + i).toList());
    }

    @Test
    void partsWithoutCursor_areJoined() {
        byte[] first = ascii(PART.replace(';', '\n') + "MESSAGE=a\n\n");
        byte[] rest = ascii(REST.replace(';', '\n') + "MESSAGE=b\n\n");
        assertThat(counts(first, rest, first)).isEqualTo("202 stored 2 deduplicated 0 rejected 0");
        assertThat(broker.messages(device)).containsExactly("ab", "a");
    }

    @Test
    void partsBeforeARestart_areStoredBeforeTheMarkerOfTheNextBoot() {
        post(part(1, PART, "a"), entry(JOURNAL, 2, OTHER_BOOT, REST.replace(';', '\n') + "MESSAGE=b\n"));
        assertThat(broker.messages(device)).containsExactly("a", MARKER, "b");
    }

    @Test
    void joinedLineOver64KiB_isCut_andItsCutBytesAreCounted() {
        byte[][] parts = IntStream.rangeClosed(1, 20)
                .mapToObj(i -> part(i, i < 20 ? PART : REST, "x".repeat(16_384)))
                .toArray(byte[][]::new);
        assertThat(counts(parts)).isEqualTo("202 stored 1 deduplicated 0 rejected 0");

        JsonObject stored = broker.history(device).get(0);
        assertThat(stored.getString("message")).hasSize(65_536);
        assertThat(stored.getInteger("truncated")).isEqualTo(20 * 16_384 - 65_536);
    }

    @Test
    void answers_nameTheEncodings_zstdFirst() {
        // The program reads the first word exactly, and does not skip the space before the next.
        for (HttpResponse<String> answer : List.of(
                post(message(1, "a")), post(), broker.request("POST", path(), "a", "Content-Type", "text/plain"))) {
            assertThat(answer.headers().firstValue("Accept-Encoding")).contains("zstd, gzip, deflate");
        }
    }

    // ---- what cannot be stored

    @Test
    void badEntries_spareTheirNeighbours() {
        HttpResponse<String> answer = post(
                message(1, "one"),
                entry(JOURNAL, 2, BOOT, "PRIORITY=6\n"),
                entry(JOURNAL, 3, BOOT, binary("MESSAGE", "x".repeat(128 * 1024 + 1))),
                entry(JOURNAL, 4, BOOT, "what is this\n"),
                message(5, "five"));

        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(new JsonObject(answer.body())
                        .getJsonArray("errors").stream()
                                .map(error -> ((JsonObject) error).getInteger("line") + " "
                                        + ((JsonObject) error).getString("reason")))
                .containsExactly(
                        "2 MESSAGE is missing",
                        "3 MESSAGE is longer than 131072 bytes",
                        "4 not in the journal export format");
        assertThat(broker.messages(device)).containsExactly("one", "five");
    }

    @Test
    void messageOver64KiB_isCut() {
        post(message(1, "x".repeat(100_000)));

        JsonObject stored = broker.history(device).get(0);
        assertThat(stored.getString("message")).hasSize(65_536);
        assertThat(stored.getInteger("truncated")).isEqualTo(100_000 - 65_536);
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "application/json"})
    void otherType_isRefused(String type) {
        assertThat(broker.request("POST", path(), "a", "Content-Type", type).statusCode())
                .isEqualTo(415);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hello",
                "hello\n\n",
                "hello\n\nworld\n\n",
                "PRIORITY=6\n\n",
                "{\"message\":\"hello\"}\n",
                "A=b\n\nC=d\n"
            })
    void bodyWithoutAnEntryOfAJournal_isRefused(String body) {
        HttpResponse<String> answer = post(ascii(body));
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(new JsonObject(answer.body()).getString("detail")).contains("journal export format");
        assertThat(new JsonObject(answer.body()).getInteger("rejected")).isPositive();
    }

    /** A real upload, whose program would send it again and again. */
    @Test
    void entriesOfAJournalWithoutAMessage_areTaken_andCounted() {
        assertThat(counts(entry(JOURNAL, 1, BOOT, "PRIORITY=4\n"), entry(JOURNAL, 2, BOOT, "PRIORITY=4\n")))
                .isEqualTo("202 stored 0 deduplicated 0 rejected 2");
    }

    @Test
    void emptyBody_isTaken() {
        assertThat(counts()).isEqualTo("202 stored 0 deduplicated 0 rejected 0");
    }

    @Test
    void compressedBody_isRead() throws Exception {
        HttpResponse<String> answer = broker.send(HttpRequest.newBuilder(broker.uri(path()))
                .header("Content-Encoding", "zstd")
                .POST(BodyPublishers.ofByteArray(ZstdDecoderTest.zstd(join(message(1, "one"), message(2, "two")))))
                .build());
        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(broker.messages(device)).isEqualTo(List.of("one", "two"));
    }
}
