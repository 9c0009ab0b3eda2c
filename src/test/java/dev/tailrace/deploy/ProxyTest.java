package dev.tailrace.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.EventReader;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.ReverseProxy;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two brokers behind nginx, as the compose file has it: streams flow at once, uploads too, and a broker may leave. */
final class ProxyTest {

    private static final int READERS = 6;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    private final List<AutoCloseable> open = new ArrayList<>();
    private RunningBroker first;
    private RunningBroker second;
    private ReverseProxy nginx;

    @BeforeEach
    void start() throws IOException {
        RedisProcess redis = keep(RedisProcess.start());
        Map<Setting, String> settings = Map.of(Setting.REDIS, redis.url());
        first = keep(RunningBroker.start(settings));
        second = RunningBroker.start(settings);
        nginx = keep(Nginx.start(folder, first.port(), second.port()));
        for (RunningBroker broker : List.of(first, second)) {
            await("ready")
                    .atMost(PATIENCE)
                    .until(() -> broker.management("/health/ready").statusCode() == 200);
        }
    }

    private <T extends AutoCloseable> T keep(T resource) {
        open.add(0, resource);
        return resource;
    }

    @AfterEach
    void end() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
    }

    private List<SseReader> readers(String device) {
        List<SseReader> readers = new ArrayList<>();
        for (int i = 0; i < READERS; i++) {
            SseReader reader = keep(SseReader.open(nginx.port(), "/api/v1/devices/" + device + "/logs/stream"));
            assertThat(reader.status()).isEqualTo(200);
            readers.add(reader);
        }
        return readers;
    }

    @Test
    void readersOfBothBrokers_getEachEntryAtOnce() throws Exception {
        closeSecondAtTheEnd();
        String device = RunningBroker.newDevice();
        List<SseReader> readers = readers(device);
        assertThat(first.metric("tailrace_subscribers")).isPositive();
        assertThat(second.metric("tailrace_subscribers")).isPositive();
        first.say(device, "one");
        readers.forEach(reader -> assertThat(reader.entry()).isEqualTo("one"));
        second.say(device, "two", "three");
        for (SseReader reader : readers) {
            assertThat(List.of(reader.entry(), reader.entry())).containsExactly("two", "three");
        }
    }

    @Test
    void endlessUpload_isStoredWhileItGoesOn() {
        closeSecondAtTheEnd();
        String device = RunningBroker.newDevice();
        RawSocket upload = keep(new RawSocket(nginx.port()));
        upload.write("PUT /api/v1/devices/" + device
                + "/logs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "6\r\nfirst\n\r\n");
        await("first").atMost(PATIENCE).until(() -> first.messages(device).equals(List.of("first")));
        upload.write("7\r\nsecond\n\r\n");
        await("second").atMost(PATIENCE).until(() -> second.messages(device).equals(List.of("first", "second")));
    }

    @Test
    void streamOfManyNamedDevices_comesThrough_andResumesAtTheOtherBroker() {
        closeSecondAtTheEnd();
        String query = IntStream.range(0, 300)
                .mapToObj(i -> "device=" + "named-".repeat(5) + i)
                .collect(Collectors.joining("&", "/api/v1/logs/stream?", ""));
        String last = "named-".repeat(5) + 299;
        SseReader reader = keep(SseReader.open(nginx.port(), query));
        EventReader.Event checkpoint = reader.message();
        assertThat(checkpoint.name()).isEqualTo("checkpoint");
        assertThat(checkpoint.id().length()).isLessThan(200);
        first.say(last, "meanwhile");
        for (RunningBroker broker : List.of(first, second)) {
            SseReader resumed = keep(SseReader.open(broker.port(), query, "Last-Event-ID", checkpoint.id()));
            assertThat(resumed.entry()).isEqualTo("meanwhile");
        }
        SseReader resumed = keep(SseReader.open(nginx.port(), query, "Last-Event-ID", checkpoint.id()));
        assertThat(resumed.entry()).isEqualTo("meanwhile");
    }

    @Test
    void webSocket_comesThrough() {
        closeSecondAtTheEnd();
        String device = RunningBroker.newDevice();
        RawSocket socket = keep(RawSocket.webSocket(nginx.port(), "/api/v1/devices/" + device + "/ingest"));
        socket.write(RawSocket.frame(RawSocket.TEXT, "{\"message\":\"framed\"}"));
        await("framed").atMost(PATIENCE).until(() -> first.messages(device).equals(List.of("framed")));
    }

    @Test
    void brokerThatLeaves_sendsItsReadersToTheOther() {
        String device = RunningBroker.newDevice();
        List<SseReader> readers = readers(device);
        first.say(device, "before");
        readers.forEach(reader -> assertThat(reader.entry()).isEqualTo("before"));
        int left = (int) second.metric("tailrace_subscribers");
        assertThat(left).isBetween(1, READERS - 1);

        second.close();
        first.say(device, "after");
        int sentAway = 0;
        for (SseReader reader : readers) {
            EventReader.Event event = reader.message();
            if ("bye".equals(event.name())) {
                sentAway++;
                SseReader again =
                        keep(SseReader.open(nginx.port(), "/api/v1/devices/" + device + "/logs/stream?tail=1"));
                assertThat(again.status()).isEqualTo(200);
                assertThat(again.entry()).isEqualTo("after");
            } else {
                assertThat(event.json().getString("message")).isEqualTo("after");
            }
        }
        assertThat(sentAway).isEqualTo(left);
    }

    @Test
    void noBrokerAtAll_asksAnEventSourceToComeBack_andIsReportedToOthers() throws Exception {
        second.close();
        open.remove(first);
        first.close();
        HttpResponse<String> stream = stream("text/event-stream");
        assertThat(stream.statusCode()).isEqualTo(200);
        assertThat(stream.headers().firstValue("Content-Type")).hasValue("text/event-stream");
        assertThat(stream.body()).isEqualTo("retry: 3000\n\n");
        assertThat(stream("*/*").statusCode()).isEqualTo(502);
    }

    private HttpResponse<String> stream(String accept) {
        URI address = URI.create("http://127.0.0.1:" + nginx.port() + "/api/v1/devices/d/logs/stream");
        return first.send(
                HttpRequest.newBuilder(address).header("Accept", accept).build());
    }

    private void closeSecondAtTheEnd() {
        open.add(open.size() - 1, second);
    }
}
