package dev.tailrace.cli.doctor;

import dev.tailrace.client.ErrorText;
import dev.tailrace.client.JsonFields;
import dev.tailrace.client.RefusedException;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;

/**
 * What the broker received of a request, and the answer that arrived.
 *
 * @param body as text, for a refusal
 * @param asked this machine's time at the request, in epoch milliseconds
 * @param answered this machine's time at the answer, in epoch milliseconds
 */
record ProbeAnswer(
        int status, HttpHeaders headers, HttpClient.Version version, String body, long asked, long answered) {

    JsonFields seen() {
        return JsonFields.readOrEmpty(body);
    }

    boolean isOfBroker() {
        return status == 200 && seen().has("answer") && seen().has("now");
    }

    String header(String name) {
        return headers.firstValue(name).orElse("");
    }

    long roundTrip() {
        return answered - asked;
    }

    /** By how much this machine's clock is ahead of the broker's, accurate to half the round trip. */
    long ahead() {
        return asked + roundTrip() / 2 - seen().number("now", 0);
    }

    String refusal() {
        return status == 200
                ? "the server is not a Tailrace broker, or is older than this command"
                : ErrorText.of(RefusedException.ofStatus(status, headers, body));
    }
}
