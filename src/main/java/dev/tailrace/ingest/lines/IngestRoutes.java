package dev.tailrace.ingest.lines;

import dev.tailrace.auth.Caller;
import dev.tailrace.http.Problem;
import dev.tailrace.http.RequestIds;
import dev.tailrace.ingest.Account;
import dev.tailrace.ingest.IngestServices;
import dev.tailrace.ingest.LineSink;
import dev.tailrace.ingest.body.BodyReceipt;
import dev.tailrace.ingest.body.BodyResponses;
import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import io.vertx.core.Future;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Tailrace's own ways in: the WebSocket and the POST of a device's lines. */
public final class IngestRoutes {

    private static final String VERSION = "13";

    private final IngestServices ingest;
    private final WebSocketIngest.Shared sockets;
    private final LineFormat ndjson;
    private final LineFormat array;
    private final LineFormat text;

    /**
     * @param readers of this event loop
     * @param sockets of this event loop
     */
    public IngestRoutes(IngestServices ingest, LineReaders readers, WebSocketIngest.Shared sockets) {
        this.ingest = ingest;
        this.sockets = sockets;
        this.ndjson = new LineFormat(LineFormat.Shape.LINES, LineSink.OnUnavailable.BRIEF, sink -> readers.json(sink));
        this.array = new LineFormat(LineFormat.Shape.ARRAY, LineSink.OnUnavailable.BRIEF, sink -> readers.json(sink));
        this.text = new LineFormat(LineFormat.Shape.LINES, LineSink.OnUnavailable.BRIEF, sink -> readers.text(sink));
    }

    public void mount(Router router) {
        router.get("/api/v1/devices/:device/ingest").handler(this::webSocket);
        router.post("/api/v1/devices/:device/logs").handler(call -> read(call, null));
        // What curl -T sends, which names no type.
        router.put("/api/v1/devices/:device/logs").handler(call -> read(call, text));
    }

    private void webSocket(RoutingContext call) {
        DeviceId device = RequestIds.device(call.pathParam("device"));
        String producer = producer(call);
        if (!call.request().headers().contains(HttpHeaders.UPGRADE, "websocket", true)) {
            if (call.request().version() != HttpVersion.HTTP_2) { // which has no such header
                call.response().putHeader("Upgrade", "websocket");
            }
            throw new Problem(
                    426, "websocket-only", "WebSocket required", "connect with ws://, or POST lines to …/logs");
        }
        if (!VERSION.equals(call.request().getHeader("Sec-WebSocket-Version"))) {
            call.response().putHeader("Sec-WebSocket-Version", VERSION);
            throw new Problem(426, "websocket-version", "WebSocket version not supported", "send version " + VERSION);
        }
        BodyResponses.refuseIfDraining(ingest);
        BodyResponses.refuseIfFull(ingest, call);
        ingest.admit(call.request(), device)
                .compose(admitted -> call.request().toWebSocket())
                .onSuccess(socket -> {
                    HttpConnection connection = call.request().connection();
                    Account account = IngestServices.account(call);
                    forget(call);
                    WebSocketIngest.serve(
                            ingest, Caller.of(call), account, device, producer, sockets, connection, socket);
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
    private void read(RoutingContext call, @Nullable LineFormat untyped) {
        DeviceId device = RequestIds.device(call.pathParam("device"));
        String producer = producer(call);
        HttpServerRequest request = call.request();
        LineFormat format = format(request, untyped);
        refuseIfTooLarge(request);
        BodyResponses.refuseIfDraining(ingest);
        BodyResponses.refuseIfFull(ingest, call);
        ingest.admit(request, device)
                .onSuccess(admitted -> {
                    if (call.response().closed()) {
                        return; // nobody would tell that its sender is gone
                    }
                    Future<BodyReceipt> receipt = HttpIngest.read(ingest, call, device, producer, format);
                    if (receipt == null) {
                        call.fail(BodyResponses.unsupportedEncoding(call));
                    } else {
                        receipt.onSuccess(what -> BodyResponses.answer(call, what))
                                .onFailure(call::fail);
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

    private LineFormat format(HttpServerRequest request, @Nullable LineFormat untyped) {
        String header = request.getHeader(HttpHeaders.CONTENT_TYPE);
        if (header == null && untyped != null) {
            return untyped;
        }
        String type = header == null ? "" : header.split(";", 2)[0].trim().toLowerCase(Locale.ROOT);
        return switch (type) {
            case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines" -> ndjson;
            case "application/json" -> array;
            case "text/plain" -> text;
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
                    "Request body too large",
                    "a body with a Content-Length may have at most " + limit
                            + " bytes; ndjson and text that are sent chunked have no limit");
        }
    }
}
