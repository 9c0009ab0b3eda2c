package dev.tailrace.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.auth.RouteMatrixTest.Row;
import dev.tailrace.config.Setting;
import dev.tailrace.http.Route;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RunningBroker;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Bodies of every route are read, and limited in time, as {@link RouteMatrixTest}'s table says. */
final class RouteBodiesTest {

    private static RunningBroker broker;

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(Setting.BODY_TIMEOUT, "300ms", Setting.EVENT_LOOPS, "1"));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    static Stream<Row> rowsWithBodies() {
        return RouteMatrixTest.rows().filter(row -> row.method().startsWith("P"));
    }

    static Stream<Row> rowsOfLines() {
        return rowsWithBodies().filter(row -> row.body().equals("lines"));
    }

    static Stream<Row> rowsOfDocuments() {
        return rowsWithBodies().filter(row -> !row.body().equals("lines"));
    }

    @ParameterizedTest
    @MethodSource("dev.tailrace.auth.RouteMatrixTest#rows")
    void kindOfBody_isTheOneOfTheRow(Row row) {
        Route route = Route.ALL.stream().filter(row::isAbout).findFirst().orElseThrow();
        Route.Body expected = switch (row.body()) {
            case "-" -> Route.Body.NONE;
            case "json", "document" -> Route.Body.DOCUMENT;
            case "lines" -> Route.Body.STREAM;
            default -> throw new AssertionError(row + " needs a kind of body: -, json, document or lines");
        };
        assertThat(route.body()).as(row.toString()).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("rowsOfDocuments")
    void documentThatStops_isRefusedInTime(Row row) {
        try (RawSocket sender = begin(row, "Content-Length: 100")) {
            assertThat(sender.readHead()).as(row.toString()).startsWith("HTTP/1.1 408 ");
        }
    }

    @ParameterizedTest
    @MethodSource("rowsOfLines")
    void linesThatPause_areReadOn(Row row) {
        Row document = rowsOfDocuments().findFirst().orElseThrow();
        try (RawSocket sender = begin(row, "Transfer-Encoding: chunked");
                RawSocket later = begin(document, "Content-Length: 100")) {
            assertThat(later.readHead())
                    .startsWith("HTTP/1.1 408 "); // so the timeout of the first request is over as well
            String body = RouteMatrixTest.body(row);
            sender.write(Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n");
            assertThat(finalHead(sender)).as(row.toString()).startsWith("HTTP/1.1 " + row.passed() + " ");
        }
    }

    /** The head of the final response; interim responses such as 102 are skipped. */
    private static String finalHead(RawSocket sender) {
        String head = sender.readHead();
        while (head.startsWith("HTTP/1.1 1")) {
            head = sender.readHead();
        }
        return head;
    }

    private static RawSocket begin(Row row, String length) {
        return new RawSocket(broker.port())
                .write(row.method() + " " + row.path("paused") + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                        + RouteMatrixTest.type(row.path()) + "\r\n" + length + "\r\n\r\n");
    }
}
