package dev.tailrace.ingest.lines;

import dev.tailrace.auth.Caller;
import dev.tailrace.http.ContentTypes;
import dev.tailrace.http.Problem;
import dev.tailrace.http.RequestIds;
import dev.tailrace.http.WebSocketUpgrade;
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
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The routes for lines in Tailrace's own form: a WebSocket, POST and PUT. */
public final class IngestRoutes {

    /**
     * The names of JSON's media types. Only whether the body has a limit depends on them, because senders use them for
     * one another.
     */
    private static final Pattern JSON_TYPE = Pattern.compile("(application|text)/"
            + "((stream\\+json|([^/]+\\+)?(x-)?(nd-?json|jsonl|json-?lines|json-stream|json-seq|ldjson))"
            + "|(?<document>(x-)?json|[^/]+\\+json))");

    private static final Set<String> MSGPACK_TYPES =
            Set.of("application/msgpack", "application/x-msgpack", "application/vnd.msgpack");

    private final IngestServices ingest;
    private final WebSocketIngest.Shared sockets;
    private final LineFormat values;
    private final LineFormat document;
    private final LineFormat msgpack;
    private final LineFormat text;

    /**
     * @param readers of this event loop
     * @param sockets of this event loop
     */
    public IngestRoutes(IngestServices ingest, LineReaders readers, WebSocketIngest.Shared sockets) {
        this.ingest = ingest;
        this.sockets = sockets;
        this.values =
                new LineFormat(LineFormat.Shape.JSON_VALUES, LineSink.OnUnavailable.BRIEF, sink -> readers.json(sink));
        this.document = new LineFormat(
                LineFormat.Shape.JSON_DOCUMENT, LineSink.OnUnavailable.BRIEF, sink -> readers.json(sink));
        this.msgpack =
                new LineFormat(LineFormat.Shape.MSGPACK, LineSink.OnUnavailable.BRIEF, sink -> readers.json(sink));
        this.text = new LineFormat(LineFormat.Shape.TEXT, LineSink.OnUnavailable.BRIEF, sink -> readers.text(sink));
    }

    public void mount(Router router) {
        router.get("/api/v1/devices/:device/ingest").handler(this::webSocket);
        router.post("/api/v1/devices/:device/logs").handler(call -> read(call, null));
        // curl -T sends PUT, without a Content-Type.
        router.put("/api/v1/devices/:device/logs").handler(call -> read(call, text));
    }

    private void webSocket(RoutingContext call) {
        DeviceId device = RequestIds.device(call.pathParam("device"));
        String producer = producer(call);
        WebSocketUpgrade.require(call, "connect with ws://, or POST lines to …/logs");
        BodyResponses.refuseIfDraining(ingest);
        BodyResponses.refuseIfFull(ingest, call);
        ingest.admit(call.request(), device)
                .compose(admitted -> WebSocketUpgrade.accept(call))
                .onSuccess(socket -> {
                    HttpConnection connection = call.request().connection();
                    Account account = IngestServices.account(call);
                    WebSocketIngest.serve(
                            ingest, Caller.of(call), account, device, producer, sockets, connection, socket);
                })
                .onFailure(call::fail);
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
                        return; // the sender has left, and no event would report it any more
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
        if (untyped != null && !request.headers().contains(HttpHeaders.CONTENT_TYPE)) {
            return untyped;
        }
        String type = ContentTypes.of(request);
        if (type.equals("text/plain")) {
            return text;
        }
        if (MSGPACK_TYPES.contains(type)) {
            return msgpack;
        }
        Matcher json = JSON_TYPE.matcher(type);
        if (!json.matches()) {
            throw new Problem(
                    415,
                    "unsupported-content-type",
                    "Content-Type not supported",
                    "send application/x-ndjson (a JSON object per line), application/json (an array of them),"
                            + " application/msgpack or text/plain (a message per line)");
        }
        return json.group("document") == null ? values : document;
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
