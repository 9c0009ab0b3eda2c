package dev.tailrace.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.testing.RunningBroker;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Small JSON bodies of the management API, on one route of each class that reads them. */
final class JsonBodyTest {

    private static RunningBroker broker;

    @BeforeAll
    static void start() {
        broker = RunningBroker.start();
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static HttpResponse<String> send(String method, String path, BodyPublisher body) {
        return broker.send(
                HttpRequest.newBuilder(broker.uri(path)).method(method, body).build());
    }

    @ParameterizedTest
    @CsvSource({"POST,/api/v1/keys", "POST,/api/v1/session", "PUT,/api/v1/devices/d/fleet"})
    void bodyThatIsNoObject_isRefused(String method, String path) {
        for (String body : List.of("[1]", "7", "\"text\"", "{", "{} {}", "null", "\u0000")) {
            HttpResponse<String> answer = send(method, path, BodyPublishers.ofString(body));
            assertThat(answer.statusCode()).as(body).isEqualTo(400);
            assertThat(answer.body()).as(body).contains("problem:bad-body");
        }
    }

    @ParameterizedTest
    @CsvSource({"POST,/api/v1/keys,16384", "POST,/api/v1/session,65536", "PUT,/api/v1/devices/d/fleet,4096"})
    void bodyThatIsTooLarge_isRefused_whetherItNamesItsLengthOrNot(String method, String path, int limit) {
        byte[] body = " ".repeat(limit + 1).getBytes(StandardCharsets.UTF_8);
        BodyPublisher chunked = BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(body));
        for (BodyPublisher publisher : List.of(BodyPublishers.ofByteArray(body), chunked)) {
            HttpResponse<String> answer = send(method, path, publisher);
            assertThat(answer.statusCode()).isEqualTo(413);
            assertThat(answer.body()).contains("problem:body-too-large").contains("" + limit);
        }
    }

    @Test
    void noBody_isAnEmptyObject() {
        assertThat(send("POST", "/api/v1/tickets", BodyPublishers.noBody()).statusCode())
                .isEqualTo(201);
        HttpResponse<String> answer = send("POST", "/api/v1/keys", BodyPublishers.noBody());
        assertThat(answer.body()).contains("problem:bad-parameter").contains("grants");
    }
}
