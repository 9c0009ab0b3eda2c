package dev.tailrace.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RunningBroker;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class LingeringCloseTest {

    private static RunningBroker broker;

    @BeforeAll
    static void start() {
        broker = RunningBroker.start();
    }

    @AfterAll
    static void close() {
        broker.close();
    }

    @Test
    void refusalOfACompleteRequest_closesTheConnection() {
        try (RawSocket socket = new RawSocket(broker.port())) {
            socket.write("POST /api/v1/devices/d/logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
                    + "Content-Length: 1\r\n\r\nx");
            assertThat(socket.readToEnd()).startsWith("HTTP/1.1 415").contains("onnection: close");
        }
    }

    @Test
    void refusalBeforeTheEndOfTheBody_closesTheConnection_thoughTheRestArrives() {
        try (RawSocket socket = new RawSocket(broker.port())) {
            socket.write("POST /api/v1/devices/d/logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
                    + "Content-Length: 3\r\n\r\nx");
            assertThat(socket.readHead()).startsWith("HTTP/1.1 415");
            socket.write("yz");
            socket.readToEnd(); // or it would wait for its limit, and fail
        }
    }
}
