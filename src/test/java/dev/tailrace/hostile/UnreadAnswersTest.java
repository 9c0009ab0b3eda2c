package dev.tailrace.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RunningBroker;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests without end from a client that reads no answer: it is not read on, so that answers do not pile up. */
final class UnreadAnswersTest {

    /** More bytes than the kernel holds between two sockets, with any setting. */
    private static final long MUCH = 128L << 20;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/api/v1/devices/d/logs",
                "/nothing-here",
                "/api/v1/openapi.yaml",
                "/api/v1/devices/d/logs/stream?tail=x"
            })
    void requestsWhoseAnswersAreNotRead_areNotReadEither(String path) throws Exception {
        byte[] burst = RawSocket.ascii(
                ("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nX-Filler: " + "x".repeat(800) + "\r\n\r\n")
                        .repeat(50));
        try (RunningBroker broker = RunningBroker.start(Map.of(Setting.SOCKET_SEND_BUFFER, "16KiB"));
                RawSocket socket = new RawSocket(broker.port(), 4096)) {
            broker.say("d", "one");
            var sent = new AtomicLong();
            var enough = new AtomicBoolean();
            Thread flood = new Thread(() -> {
                try {
                    while (sent.get() < MUCH && !enough.get()) {
                        socket.write(burst);
                        sent.addAndGet(burst.length);
                    }
                } catch (UncheckedIOException closed) {
                    // the broker has ended it, which is as well
                }
            });
            flood.start();
            var before = new AtomicLong(-1);
            await().atMost(60, TimeUnit.SECONDS)
                    .during(500, TimeUnit.MILLISECONDS)
                    .until(() -> before.getAndSet(sent.get()) == sent.get());
            assertThat(sent).as("more is not read").hasValueLessThan(MUCH);
            enough.set(true);
            broker.say("d", "two");
            assertThat(broker.messages("d")).containsExactly("one", "two");
            socket.abort();
            flood.join(10_000);
        }
    }
}
