package dev.tailrace.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.testing.BrokerProcess;
import dev.tailrace.testing.RawHttp2;
import dev.tailrace.testing.RawSocket;
import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Small requests without end, as many at once as a socket takes, whose answers are read: others are served between them. */
@Tag("long")
final class RequestFloodTest {

    private static final int HEAP_MIB = 192;
    private static final int MOST_MIB = 2 * HEAP_MIB + 200;
    private static final int FLOODS = 8;
    private static final int ROUNDS = 30; // of the bystander
    private static final int REQUESTS = 500; // at a time
    private static final String PATH = "/api/v1/limits";
    private static final byte[] PIPELINED =
            RawSocket.ascii(("GET " + PATH + " HTTP/1.1\r\nHost: localhost\r\n\r\n").repeat(REQUESTS));

    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicInteger connections = new AtomicInteger();

    enum Protocol {
        HTTP_1 {
            @Override
            void flood(int port, AtomicBoolean over) {
                try (RawSocket socket = new RawSocket(port)) {
                    Thread reader = new Thread(() -> read(socket));
                    reader.setDaemon(true);
                    reader.start();
                    while (!over.get()) {
                        socket.write(PIPELINED);
                    }
                }
            }
        },
        HTTP_2 {
            @Override
            void flood(int port, AtomicBoolean over) {
                try (RawHttp2 client = new RawHttp2(port, 64 * 1024, 1 << 30)) {
                    for (int stream = 1; stream > 0 && !over.get(); ) {
                        var requests = new ByteArrayOutputStream();
                        for (int i = 0; i < REQUESTS; i++, stream += 2) {
                            requests.writeBytes(
                                    RawHttp2.frame(RawHttp2.HEADERS, 5, stream, RawHttp2.plainHead("GET", PATH)));
                        }
                        client.write(requests.toByteArray());
                        client.skip();
                    }
                }
            }
        };

        /** On one connection, until it ends. */
        abstract void flood(int port, AtomicBoolean over);

        private static void read(RawSocket socket) {
            try {
                while (!socket.readResponse().isEmpty()) {}
            } catch (UncheckedIOException | AssertionError closed) {
                // the writer sees it too
            }
        }
    }

    private void flood(Protocol protocol, int port) {
        while (!over.get()) {
            connections.incrementAndGet();
            try {
                protocol.flood(port, over);
            } catch (UncheckedIOException ended) {
                // by the broker; so begin again
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void requestsWithoutEnd_leaveOthersTheirTurn(Protocol protocol) throws Exception {
        List<Thread> floods = new ArrayList<>();
        try (BrokerProcess broker = HostileTools.broker("requests-" + protocol, HEAP_MIB)
                        .settings("--http2-cleartext", "--event-loops=2")
                        .start();
                Bystander bystander = new Bystander(broker.port(), null)) {
            bystander.say();
            bystander.come();
            for (int i = 0; i < FLOODS; i++) {
                Thread thread = new Thread(() -> flood(protocol, broker.port()), "flood");
                thread.setDaemon(true);
                thread.start();
                floods.add(thread);
            }
            for (int i = 0; i < ROUNDS; i++) {
                bystander.say();
                bystander.come();
            }
            over.set(true);
            HostileTools.figures(
                    "Requests without end, " + protocol + ", " + FLOODS + " clients",
                    bystander.figures() + "; " + connections + " connections; at most " + broker.mostResidentMiB()
                            + " MiB");
            assertThat(broker.isAlive()).isTrue();
            assertThat(broker.mostResidentMiB()).isLessThan(MOST_MIB);
            assertThat(broker.output()).doesNotContain("\tat ");
        } finally {
            over.set(true);
        }
        for (Thread thread : floods) {
            thread.join(10_000);
        }
    }
}
