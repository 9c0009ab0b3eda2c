package dev.tailrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RunningBroker;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class HeadDecoderTest {

    private static final String BEGIN = "GET /api/v1/limits HTTP/1.1\r\nHost: localhost\r\n";

    private static RunningBroker broker;

    @BeforeAll
    static void start() {
        broker = RunningBroker.start();
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static String head(int headers) {
        return BEGIN + "a:b\r\n".repeat(headers - 1) + "\r\n";
    }

    @Test
    void headersUpToTheLimit_areRead_inEachRequestOfAConnection() {
        try (RawSocket socket = new RawSocket(broker.port())) {
            for (int i = 0; i < 3; i++) {
                socket.write(head(HeadDecoder.MAX_HEADERS));
                assertThat(socket.readResponse()).startsWith("HTTP/1.1 200");
            }
        }
    }

    @Test
    void headersBeyondTheLimit_are431_whetherTheHeadEndsOrNot() {
        for (String head : new String[] {head(HeadDecoder.MAX_HEADERS + 1), BEGIN + "a:b\r\n".repeat(12_000)}) {
            double refused = broker.metric("tailrace_refused_total{limit=\"header-bytes\"");
            try (RawSocket socket = new RawSocket(broker.port()).write(head)) {
                assertThat(socket.readHead()).startsWith("HTTP/1.1 431");
            }
            assertThat(broker.metric("tailrace_refused_total{limit=\"header-bytes\""))
                    .isEqualTo(refused + 1);
        }
    }
}
