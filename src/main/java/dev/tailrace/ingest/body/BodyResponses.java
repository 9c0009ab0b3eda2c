package dev.tailrace.ingest.body;

import dev.tailrace.http.Problem;
import dev.tailrace.ingest.IngestServices;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.Map;

/** The responses to bodies of lines, and the problems that refuse a body before it is read. */
public final class BodyResponses {

    /** Why a sender is refused while too much waits for storage. */
    public static final String FULL =
            "too many bytes wait for storage, of all callers or of this one (--ingest-pending-bytes);"
                    + " retry shortly";

    /**
     * The encodings that a body may have. systemd-journal-upload takes the first one that it knows, and does not skip
     * the space after a comma, so zstd stands first.
     */
    public static final String ENCODINGS = "zstd, gzip, deflate";

    /** The same for the sender of a body in another one. */
    public static final String EXPECTED_ENCODING = "send zstd, gzip, deflate or identity";

    private BodyResponses() {}

    public static Problem unsupportedEncoding(RoutingContext call) {
        call.response().putHeader("Accept-Encoding", ENCODINGS);
        return new Problem(415, "unsupported-encoding", "Content-Encoding not supported", EXPECTED_ENCODING);
    }

    public static void refuseIfDraining(IngestServices ingest) {
        if (ingest.isDraining()) {
            throw new Problem(503, "draining", "The broker is shutting down", "reconnect; another broker will answer");
        }
    }

    public static void refuseIfFull(IngestServices ingest, RoutingContext call) {
        if (ingest.isFull(call)) {
            throw new Problem(503, "ingest-full", "Too many pending bytes", FULL);
        }
    }

    public static void answer(RoutingContext call, BodyReceipt receipt) {
        BodyOutcome outcome = receipt.outcome();
        Map<String, Object> counts = counts(receipt);
        switch (outcome.kind()) {
            case COMPLETE ->
                call.response()
                        .setStatusCode(202)
                        .putHeader("Content-Type", "application/json")
                        .end(new JsonObject(counts).toBuffer());
            case BROKEN ->
                call.fail(new Problem(400, "unreadable-body", "Malformed request body", outcome.reason(), counts));
            case REJECTED ->
                call.fail(new Problem(400, "no-valid-line", "No line could be stored", outcome.reason(), counts));
            case TOO_LARGE ->
                call.fail(new Problem(413, "body-too-large", "Request body too large", outcome.reason(), counts));
            case REFUSED -> call.fail(new Problem(429, "device-limit", "Too many devices", outcome.reason(), counts));
            case LEAVING ->
                call.fail(new Problem(503, "draining", "The broker is shutting down", outcome.reason(), counts));
            case UNAUTHORIZED ->
                call.fail(new Problem(401, "unauthorized", "Authentication required", outcome.reason(), counts));
            case UNAVAILABLE ->
                call.fail(new Problem(
                        503,
                        "storage-away",
                        "Storage unavailable",
                        outcome.reason()
                                + "; resend what is not counted as stored, with producer and seq so that"
                                + " nothing is stored twice",
                        counts));
            case ABORTED -> {} // nobody is connected
        }
    }

    /** The counts are part of a refusal as well, because lines that were stored before it stay stored. */
    private static Map<String, Object> counts(BodyReceipt receipt) {
        Map<String, Object> counts = new LinkedHashMap<>();
        counts.put("received", receipt.received());
        counts.put("stored", receipt.stored());
        counts.put("deduplicated", receipt.deduplicated());
        counts.put("rejected", receipt.rejected());
        if (!receipt.errors().isEmpty()) {
            JsonArray errors = new JsonArray();
            receipt.errors()
                    .forEach(error -> errors.add(
                            new JsonObject().put("line", error.line()).put("reason", error.reason())));
            counts.put("errors", errors);
        }
        return counts;
    }
}
