package dev.tailrace.ingest;

import dev.tailrace.auth.Caller;
import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Problem;
import io.vertx.core.Future;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tailrace's own ways in: the WebSocket and the POST of a device's lines. */
public final class IngestRoutes {

    /** Why no new sender is taken. */
    static final String FULL =
            "the broker holds as much as it may, of all callers or of this one, until storage has taken it;"
                    + " send again shortly";

    private static final String VERSION = "13";

    private final Ingest ingest;

    public IngestRoutes(Ingest ingest) {
        this.ingest = ingest;
    }

    public void mount(Router router) {
        router.get("/api/v1/devices/:device/ingest").handler(this::webSocket);
        router.post("/api/v1/devices/:device/logs").handler(call -> read(call, null));
        // What curl -T sends, which names no type.
        router.put("/api/v1/devices/:device/logs").handler(call -> read(call, HttpIngest.Format.TEXT));
    }

    private void webSocket(RoutingContext call) {
        DeviceId device = DeviceId.ofRequest(call.pathParam("device"));
        String producer = producer(call);
        if (!call.request().headers().contains(HttpHeaders.UPGRADE, "websocket", true)) {
            if (call.request().version() != HttpVersion.HTTP_2) { // which has no such header
                call.response().putHeader("Upgrade", "websocket");
            }
            throw new Problem(
                    426,
                    "websocket-only",
                    "A WebSocket is expected here",
                    "connect with ws://, or POST lines to …/logs");
        }
        if (!VERSION.equals(call.request().getHeader("Sec-WebSocket-Version"))) {
            call.response().putHeader("Sec-WebSocket-Version", VERSION);
            throw new Problem(
                    426, "websocket-version", "This version of WebSocket is not spoken", "send version " + VERSION);
        }
        refuseIfDraining(ingest);
        refuseIfFull(ingest, call);
        ingest.admit(call.request(), device)
                .compose(admitted -> call.request().toWebSocket())
                .onSuccess(socket -> {
                    HttpConnection connection = call.request().connection();
                    Account account = Ingest.account(call);
                    forget(call);
                    WebSocketIngest.serve(ingest, Caller.of(call), account, device, producer, connection, socket);
                })
                .onFailure(call::fail);
    }

    // Vert.x holds the request as long as the socket: a kilobyte each that nobody asks for again.
    private static void forget(RoutingContext call) {
        call.request().headers().clear();
        call.request().params().clear();
        call.response().headers().clear();
    }

    /** @param untyped what a body without a Content-Type is, or null when it has to have one */
    private void read(RoutingContext call, HttpIngest.@Nullable Format untyped) {
        DeviceId device = DeviceId.ofRequest(call.pathParam("device"));
        String producer = producer(call);
        HttpServerRequest request = call.request();
        HttpIngest.Format format = format(request, untyped);
        refuseIfTooLarge(request);
        refuseIfDraining(ingest);
        refuseIfFull(ingest, call);
        ingest.admit(request, device)
                .onSuccess(admitted -> {
                    if (call.response().closed()) {
                        return; // nobody would tell that its sender is gone
                    }
                    Future<HttpIngest.Receipt> receipt = HttpIngest.read(ingest, call, device, producer, format);
                    if (receipt == null) {
                        call.fail(unsupportedEncoding(call));
                    } else {
                        receipt.onSuccess(what -> answer(call, what)).onFailure(call::fail);
                    }
                })
                .onFailure(call::fail);
    }

    private static @Nullable String producer(RoutingContext call) {
        String producer = call.queryParams().get("producer");
        if (producer == null || producer.isEmpty()) {
            return null;
        }
        try {
            new DeviceId(producer); // the same characters
        } catch (IllegalArgumentException invalid) {
            throw badProducer();
        }
        if (producer.length() > Batch.MAX_PRODUCER_LENGTH) {
            throw badProducer();
        }
        return producer;
    }

    private static Problem badProducer() {
        return Problem.badParameter(
                "producer", "must be 1 to " + Batch.MAX_PRODUCER_LENGTH + " of the characters A-Z a-z 0-9 . _ -");
    }

    static Problem unsupportedEncoding(RoutingContext call) {
        call.response().putHeader("Accept-Encoding", "gzip, zstd");
        return new Problem(
                415, "unsupported-encoding", "Content-Encoding not supported", "send gzip, zstd or identity");
    }

    private static HttpIngest.Format format(HttpServerRequest request, HttpIngest.@Nullable Format untyped) {
        String header = request.getHeader(HttpHeaders.CONTENT_TYPE);
        if (header == null && untyped != null) {
            return untyped;
        }
        String type = header == null ? "" : header.split(";", 2)[0].trim().toLowerCase(Locale.ROOT);
        return switch (type) {
            case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines" ->
                HttpIngest.Format.NDJSON;
            case "application/json" -> HttpIngest.Format.ARRAY;
            case "text/plain" -> HttpIngest.Format.TEXT;
            default ->
                throw new Problem(
                        415,
                        "unsupported-content-type",
                        "Content-Type not supported",
                        "send application/x-ndjson (a JSON object per line), application/json (an array of them) or"
                                + " text/plain (a message per line)");
        };
    }

    private void refuseIfTooLarge(HttpServerRequest request) {
        String header = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        long limit = ingest.options().bodyBytes();
        if (header != null && Long.parseLong(header) > limit) {
            throw new Problem(
                    413,
                    "body-too-large",
                    "The body is too large",
                    "a body that names its length has at most " + limit
                            + " bytes; send it chunked as ndjson or text, which may be endless");
        }
    }

    static void refuseIfDraining(Ingest ingest) {
        if (ingest.isDraining()) {
            throw new Problem(503, "draining", "The broker is going away", "connect again; another one will answer");
        }
    }

    static void refuseIfFull(Ingest ingest, RoutingContext call) {
        if (ingest.isFull(call)) {
            throw new Problem(503, "ingest-full", "Too much waits for storage", FULL);
        }
    }

    static void answer(RoutingContext call, HttpIngest.Receipt receipt) {
        HttpIngest.Outcome outcome = receipt.outcome();
        Map<String, Object> counts = counts(receipt);
        switch (outcome.kind()) {
            case COMPLETE ->
                call.response()
                        .setStatusCode(202)
                        .putHeader("Content-Type", "application/json")
                        .end(new JsonObject(counts).toBuffer());
            case BROKEN ->
                call.fail(new Problem(400, "unreadable-body", "The body cannot be read", outcome.reason(), counts));
            case TOO_LARGE ->
                call.fail(new Problem(413, "body-too-large", "The body is too large", outcome.reason(), counts));
            case REFUSED ->
                call.fail(new Problem(429, "device-limit", "There are too many devices", outcome.reason(), counts));
            case LEAVING ->
                call.fail(new Problem(503, "draining", "The broker is going away", outcome.reason(), counts));
            case UNAUTHORIZED -> call.fail(new Problem(401, "unauthorized", "Who are you?", outcome.reason(), counts));
            case UNAVAILABLE ->
                call.fail(new Problem(
                        503,
                        "storage-away",
                        "Storage is unavailable",
                        outcome.reason()
                                + "; send again what is not counted as stored, with producer and seq to be sure that"
                                + " nothing is stored twice",
                        counts));
            case ABORTED -> {} // nobody is there to be told
        }
    }

    /** Told with a refusal too: what was stored before it stays stored. */
    private static Map<String, Object> counts(HttpIngest.Receipt receipt) {
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
