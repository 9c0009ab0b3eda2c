package dev.tailrace.cli.send;

import static dev.tailrace.cli.ScriptedBroker.problem;
import static dev.tailrace.cli.ScriptedBroker.silentWebSocket;
import static dev.tailrace.cli.ScriptedBroker.webSocket;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.cli.Main;
import dev.tailrace.cli.ScriptedBroker;
import dev.tailrace.cli.TestConsole;
import dev.tailrace.client.Backoff;
import dev.tailrace.client.Console;
import dev.tailrace.client.IngestSocket;
import dev.tailrace.testing.TailraceCommand;
import io.vertx.core.Handler;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SendTest {

    private static final IngestSocket.Limits SHORT = new IngestSocket.Limits(
            Duration.ofSeconds(1), Duration.ofMillis(300), Duration.ofSeconds(2), Duration.ofMillis(500));

    /** Lines by their number, stored once as the broker stores them. */
    private final ConcurrentSkipListMap<Long, JsonObject> stored = new ConcurrentSkipListMap<>();

    private final AtomicLong received = new AtomicLong();

    @Test
    void lines_areStoredInOrder_andSummedUp() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(webSocket(storing()))) {
            TestConsole console = TestConsole.withInput("one\ntwo\n\nfour");
            assertThat(send(console, broker)).isZero();
            assertThat(messages()).containsExactly("one", "two", "", "four");
            assertThat(stored.keySet()).containsExactly(1L, 2L, 3L, 4L);
            assertThat(console.err()).isEqualTo("sent 4 lines, 0 resent, 0 rejected\n");
        }
    }

    @Test
    void address_namesDeviceAndProducer() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(webSocket(storing()))) {
            send(TestConsole.withInput("one"), broker, "--producer", "p-1");
            assertThat(broker.asked).containsExactly("/api/v1/devices/lamp/ingest?producer=p-1");
        }
    }

    @Test
    void options_describeEachLine() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(webSocket(storing()))) {
            send(TestConsole.withInput("m"), broker, "--service=web", "--stream=stderr", "--level=warn", "--system");
            JsonObject line = stored.get(1L);
            assertThat(line.getLong("timestamp"))
                    .isCloseTo(System.currentTimeMillis(), org.assertj.core.data.Offset.offset(60_000L));
            line.remove("timestamp");
            assertThat(line)
                    .isEqualTo(new JsonObject()
                            .put("seq", 1)
                            .put("message", "m")
                            .put("service", "web")
                            .put("stream", "stderr")
                            .put("system", true)
                            .put("level", "warn"));
        }
    }

    @Test
    void emptyInput_needsNoBroker() {
        TestConsole console = TestConsole.withInput("");
        assertThat(send(console, "http://127.0.0.1:1")).isZero();
    }

    @Test
    void lostConnection_resendsUnacknowledgedLines() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(
                webSocket(storingThenCutting(3)), webSocket(storingThenCutting(4)), webSocket(storing()))) {
            TestConsole console = TestConsole.withInput(numbered(10));
            assertThat(send(console, broker)).isZero();
            assertThat(messages()).isEqualTo(numbered(10).lines().toList());
            assertThat(broker.asked).hasSize(3);
            assertThat(broker.asked.stream().distinct()).hasSize(1); // the same producer
            assertThat(console.err()).contains("reconnecting").contains("sent 10 lines, ");
        }
    }

    @Test
    void brokerKilledInTheMiddle_everyLineIsStored() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(webSocket(storing()))) {
            var in = new PipedInputStream(1 << 16);
            var pipe = new PipedOutputStream(in);
            TestConsole console = TestConsole.withInput(in);
            var exit = CompletableFuture.supplyAsync(() -> send(console, broker));
            pipe.write(numbered(1000).getBytes(StandardCharsets.UTF_8));
            pipe.flush();
            Awaitility.await().until(() -> stored.size() == 1000);
            broker.kill();
            pipe.write("while it is away\n".getBytes(StandardCharsets.UTF_8));
            pipe.close();
            Awaitility.await().until(() -> console.err().contains("reconnecting"));
            broker.listen();
            assertThat(exit).succeedsWithin(Duration.ofSeconds(30)).isEqualTo(0);
            assertThat(stored).hasSize(1001);
        }
    }

    @Test
    void absentBroker_isWaitedFor() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(webSocket(storing()))) {
            broker.kill();
            TestConsole console = TestConsole.withInput("one");
            var exit = CompletableFuture.supplyAsync(() -> send(console, broker));
            Awaitility.await().untilAsserted(() -> assertThat(console.err()).contains("cannot connect"));
            broker.listen();
            assertThat(exit).succeedsWithin(Duration.ofSeconds(30)).isEqualTo(0);
            assertThat(messages()).containsExactly("one");
        }
    }

    @Test
    void unavailable_isRetried() throws Exception {
        try (ScriptedBroker broker =
                ScriptedBroker.answering(problem(503, "storage is unavailable"), webSocket(storing()))) {
            TestConsole console = TestConsole.withInput("one");
            assertThat(send(console, broker)).isZero();
            assertThat(console.err()).contains("storage is unavailable (HTTP 503)");
        }
    }

    @Test
    void refusedHandshake_endsWithItsReason() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(problem(400, "the device is wrong"))) {
            TestConsole console = TestConsole.withInput("one");
            assertThat(send(console, broker)).isEqualTo(1);
            assertThat(console.err()).contains("the device is wrong (HTTP 400)");
            assertThat(broker.asked).hasSize(1);
        }
    }

    @Test
    void muteServer_isAbandonedAndRetried() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(request -> {}, webSocket(storing()))) {
            assertThat(send(TestConsole.withInput("one"), broker)).isZero();
            assertThat(messages()).containsExactly("one");
        }
    }

    @Test
    void lastingCloseCode_endsWithItsReason() throws Exception {
        try (ScriptedBroker broker =
                ScriptedBroker.answering(webSocket(socket -> socket.close((short) 1008, "no longer welcome")))) {
            TestConsole console = TestConsole.withInput("one");
            assertThat(send(console, broker)).isEqualTo(1);
            assertThat(console.err()).contains("no longer welcome (1008)");
        }
    }

    @Test
    void passingCloseCode_isRetried() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(
                webSocket(socket -> socket.close((short) 1001, "shutting down")), webSocket(storing()))) {
            assertThat(send(TestConsole.withInput("one"), broker)).isZero();
            assertThat(messages()).containsExactly("one");
        }
    }

    @Test
    void maxRetry_givesUp() {
        TestConsole console = TestConsole.withInput("one");
        assertThat(send(console, "http://127.0.0.1:1", "--max-retry", "2")).isEqualTo(1);
        assertThat(console.err()).contains("gave up after 2 retries").contains("1 not acknowledged");
    }

    @Test
    void idleConnectionLost_isForgivenWhenTheNextOneHolds() throws Exception {
        var cuts = new AtomicLong();
        Handler<ServerWebSocket> cuttingWhenIdle = socket -> {
            if (cuts.getAndIncrement() < 3) {
                io.vertx.core.Vertx.currentContext().owner().setTimer(600, id -> socket.close((short) 1001));
            } else {
                storing().handle(socket);
            }
        };
        try (ScriptedBroker broker = ScriptedBroker.answering(webSocket(cuttingWhenIdle))) {
            var in = new PipedInputStream();
            var pipe = new PipedOutputStream(in);
            TestConsole console = TestConsole.withInput(in);
            var exit = CompletableFuture.supplyAsync(() -> send(console, broker, "--max-retry", "1"));
            Awaitility.await().until(() -> cuts.get() == 4);
            pipe.write('x');
            pipe.close();
            assertThat(exit).succeedsWithin(Duration.ofSeconds(30)).isEqualTo(0);
        }
    }

    @Test
    void rejectedLine_isReportedWithItsNumber_andDelaysNothing() throws Exception {
        Handler<ServerWebSocket> rejecting = each((socket, line) -> {
            if (line.getString("message").startsWith("bad")) {
                socket.writeTextMessage("{\"error\":{\"line\":" + received.get() + ",\"reason\":\"too bad\"}}");
            } else {
                store(line);
                socket.writeTextMessage("{\"ack\":" + line.getLong("seq") + "}");
            }
        });
        try (ScriptedBroker broker = ScriptedBroker.answering(webSocket(rejecting))) {
            TestConsole console = TestConsole.withInput("good\nbad\ngood\nbad at the end");
            assertThat(send(console, broker)).isZero();
            assertThat(console.err())
                    .contains(
                            "line 2 is rejected: too bad",
                            "line 4 is rejected: too bad",
                            "sent 4 lines, 0 resent, 2 rejected",
                            "warning: 2 of 4 lines were rejected");
        }
    }

    /** Whether the broker acknowledges the line as well, or only rejects it, because it could not read its number. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void everyLineRejected_isAnError(boolean acknowledged) throws Exception {
        Handler<ServerWebSocket> rejecting = each((socket, line) -> {
            String ack = "{\"ack\":" + line.getLong("seq") + "}";
            socket.writeTextMessage("{\"error\":{\"line\":" + received.get() + ",\"reason\":\"too bad\"}}");
            if (acknowledged) {
                socket.writeTextMessage(ack);
            }
        });
        try (ScriptedBroker broker = ScriptedBroker.answering(webSocket(rejecting))) {
            TestConsole console = TestConsole.withInput("bad\nworse");
            assertThat(send(console, broker)).isEqualTo(1);
            assertThat(console.err()).contains("2 rejected").endsWith("tailrace send: every line was rejected\n");
        }
    }

    @Test
    void inputWithoutOneLineThatCanBeSent_isAnError_andAnEmptyOneIsNot() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(webSocket(storing()), webSocket(storing()))) {
            TestConsole console = TestConsole.withInput("plain\n[1]\n\"text\"\n");
            assertThat(send(console, broker, "--json")).isEqualTo(1);
            assertThat(console.err()).endsWith("tailrace send: every line was rejected\n");

            console = TestConsole.withInput("");
            assertThat(send(console, broker, "--json")).isZero();
            assertThat(console.err()).isEqualTo("sent 0 lines, 0 resent, 0 rejected\n");
        }
    }

    @Test
    void json_isSent_andInvalidJsonIsRejectedLocally() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(webSocket(storing()))) {
            TestConsole console =
                    TestConsole.withInput("{\"message\":\"a\",\"level\":\"info\"}\n\nplain\n{\"message\":\"b\"}");
            assertThat(send(console, broker, "--json")).isZero();
            assertThat(stored.get(1L)).isEqualTo(new JsonObject("{\"seq\":1,\"message\":\"a\",\"level\":\"info\"}"));
            assertThat(messages()).containsExactly("a", "b");
            assertThat(console.err()).contains("line 3 is rejected").contains("sent 2 lines, 0 resent, 1 rejected");
        }
    }

    @Test
    void silentBroker_isAbandoned_andTheLinesAreResent() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(silentWebSocket(), webSocket(storing()))) {
            TestConsole console = TestConsole.withInput("one");
            assertThat(send(console, broker)).isZero();
            assertThat(messages()).containsExactly("one");
            assertThat(console.err()).contains("1 resent");
        }
    }

    @Test
    void slowBroker_thatAnswersPings_isWaitedFor() throws Exception {
        var socketVertx = io.vertx.core.Vertx.vertx();
        Handler<ServerWebSocket> slow = each((socket, line) -> socketVertx.setTimer(3000, id -> {
            store(line);
            socket.writeTextMessage("{\"ack\":1}");
        }));
        try (ScriptedBroker broker = ScriptedBroker.answering(webSocket(slow))) {
            assertThat(send(TestConsole.withInput("one"), broker)).isZero();
            assertThat(broker.asked).hasSize(1);
        } finally {
            socketVertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void fullWindow_stopsReading() throws Exception {
        var sockets = new CopyOnWriteArrayList<ServerWebSocket>();
        Handler<ServerWebSocket> holdingBack = each((socket, line) -> {
            sockets.addIfAbsent(socket);
            store(line);
            if (line.getLong("seq") > 5) {
                socket.writeTextMessage("{\"ack\":" + line.getLong("seq") + "}");
            }
        });
        try (ScriptedBroker broker = ScriptedBroker.answering(webSocket(holdingBack))) {
            var endless = new CountedInput();
            TestConsole console = TestConsole.withInput(endless);
            var exit = CompletableFuture.supplyAsync(() -> send(console, broker, "--window", "5"));
            Awaitility.await().until(() -> stored.size() == 5);
            Awaitility.await().during(Duration.ofMillis(100)).until(() -> stored.size() == 5 && endless.lines() <= 6);
            endless.end();
            sockets.get(0).writeTextMessage("{\"ack\":5}");
            assertThat(exit).succeedsWithin(Duration.ofSeconds(30)).isEqualTo(0);
        }
    }

    @Test
    void manyLines_travelInFewFrames() throws Exception {
        var frames = new AtomicLong();
        Handler<ServerWebSocket> counting = socket -> {
            socket.textMessageHandler(text -> {
                frames.incrementAndGet();
                List<JsonObject> lines =
                        Arrays.stream(text.split("\n")).map(JsonObject::new).toList();
                lines.forEach(this::store);
                socket.writeTextMessage("{\"ack\":" + stored.lastKey() + "}");
            });
        };
        try (ScriptedBroker broker = ScriptedBroker.answering(webSocket(counting))) {
            assertThat(send(TestConsole.withInput(numbered(20_000)), broker)).isZero();
            assertThat(messages()).isEqualTo(numbered(20_000).lines().toList());
            assertThat(frames).hasValueLessThan(5_000);
        }
    }

    @Test
    void file_isSent_andAMissingOneReported(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("some.log"), "a\nb\n");
        try (ScriptedBroker broker = ScriptedBroker.answering(webSocket(storing()))) {
            assertThat(send(TestConsole.withInput(""), broker, file.toString())).isZero();
            assertThat(messages()).containsExactly("a", "b");
        }
        TestConsole console = TestConsole.withInput("");
        assertThat(send(console, "http://127.0.0.1:1", folder.resolve("none").toString()))
                .isEqualTo(1);
        assertThat(console.err()).contains("no such file: ");
    }

    @Test
    void brokenInput_isReportedAfterTheLinesThatWereReadAreStored() throws Exception {
        InputStream broken = new InputStream() {
            private int reads;

            @Override
            public int read() throws IOException {
                throw new IOException("disk on fire");
            }

            @Override
            public int read(byte[] buffer, int from, int length) throws IOException {
                if (reads++ > 0) {
                    return read();
                }
                buffer[from] = 'a';
                buffer[from + 1] = '\n';
                return 2;
            }
        };
        try (ScriptedBroker broker = ScriptedBroker.answering(webSocket(storing()))) {
            TestConsole console = TestConsole.withInput(broken);
            assertThat(send(console, broker)).isEqualTo(1);
            assertThat(messages()).containsExactly("a");
            assertThat(console.err()).contains("disk on fire");
        }
    }

    @Test
    void terminatedProcess_flushesWhatItRead(@TempDir Path folder) throws Exception {
        Path errors = folder.resolve("errors");
        try (ScriptedBroker broker = ScriptedBroker.answering(webSocket(storing()))) {
            Process process = new ProcessBuilder(
                            TailraceCommand.of(List.of(), "send", "--device=lamp", "--url=" + broker.url()))
                    .redirectError(ProcessBuilder.Redirect.to(errors.toFile()))
                    .start();
            try {
                process.getOutputStream().write("one\n".getBytes(StandardCharsets.UTF_8));
                process.getOutputStream().flush();
                Awaitility.await()
                        .atMost(Duration.ofSeconds(30))
                        .untilAsserted(() ->
                                assertThat(stored).as(Files.readString(errors)).hasSize(1));
                process.destroy(); // SIGTERM; its input stays open
                assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
                assertThat(Files.readString(errors)).contains("sent 1 lines, 0 resent, 0 rejected");
            } finally {
                process.destroyForcibly();
            }
        }
    }

    @Test
    void wrongUsage_isReported() {
        TestConsole console = TestConsole.withInput("");
        assertThat(Main.run(console.console(), "send", "--device", "a/b")).isEqualTo(2);
        assertThat(Main.run(console.console(), "send")).isEqualTo(2);
        assertThat(Main.run(console.console(), "send", "--device=a", "--window=0"))
                .isEqualTo(2);
        assertThat(Main.run(console.console(), "send", "--device=a", "--url=ftp://x"))
                .isEqualTo(2);
        assertThat(console.err()).contains("a device id is", "--window must be at least 1", "http(s)://");
    }

    // ---- what the broker does

    private Handler<ServerWebSocket> storing() {
        return each((socket, line) -> {
            store(line);
            socket.writeTextMessage("{\"ack\":" + line.getLong("seq") + "}");
        });
    }

    /** Stores that many lines, acknowledges all but the last of them, and is gone. */
    private Handler<ServerWebSocket> storingThenCutting(int lines) {
        var left = new AtomicLong(lines);
        return each((socket, line) -> {
            long after = left.decrementAndGet();
            if (after >= 0) {
                store(line);
            }
            if (after > 0) {
                socket.writeTextMessage("{\"ack\":" + line.getLong("seq") + "}");
            } else {
                socket.close((short) 1011, "cut");
            }
        });
    }

    private Handler<ServerWebSocket> each(BiConsumer<ServerWebSocket, JsonObject> handler) {
        return socket -> {
            received.set(0);
            socket.textMessageHandler(text -> {
                for (String line : text.split("\n")) {
                    received.incrementAndGet();
                    if (!socket.isClosed()) {
                        handler.accept(socket, new JsonObject(line));
                    }
                }
            });
        };
    }

    private void store(JsonObject line) {
        stored.putIfAbsent(line.getLong("seq"), line);
    }

    private List<String> messages() {
        return stored.values().stream().map(line -> line.getString("message")).toList();
    }

    private static String numbered(int count) {
        return IntStream.rangeClosed(1, count).mapToObj(i -> "line " + i).collect(Collectors.joining("\n", "", "\n"));
    }

    // ---- running it

    private static int send(TestConsole console, ScriptedBroker broker, String... more) {
        return send(console, broker.url(), more);
    }

    private static int send(TestConsole console, String url, String... more) {
        List<String> args = new ArrayList<>(List.of("send", "--device", "lamp", "--url", url));
        args.addAll(List.of(more));
        var backoff = new Backoff(Duration.ofMillis(10), Duration.ofMillis(50));
        Console streams = console.console();
        return Main.run(streams, List.of(new Send(streams, SHORT, backoff)), args.toArray(new String[0]));
    }

    /** One line per read, until the end is called. */
    private static final class CountedInput extends InputStream {
        private int lines;
        private boolean ended;

        @Override
        public int read() {
            throw new UnsupportedOperationException("read in pieces");
        }

        @Override
        public synchronized int read(byte[] buffer, int from, int length) {
            if (ended) {
                return -1;
            }
            lines++;
            buffer[from] = 'x';
            buffer[from + 1] = '\n';
            return 2;
        }

        synchronized int lines() {
            return lines;
        }

        synchronized void end() {
            ended = true;
        }
    }
}
