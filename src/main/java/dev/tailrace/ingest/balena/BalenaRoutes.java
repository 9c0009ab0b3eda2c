package dev.tailrace.ingest.balena;

import dev.tailrace.http.ContentTypes;
import dev.tailrace.http.LingeringClose;
import dev.tailrace.http.RequestIds;
import dev.tailrace.http.RetryAfter;
import dev.tailrace.ingest.DeviceLimit;
import dev.tailrace.ingest.IngestServices;
import dev.tailrace.ingest.LineSink;
import dev.tailrace.ingest.body.BodyDecoder;
import dev.tailrace.ingest.body.BodyOutcome;
import dev.tailrace.ingest.body.BodyReceipt;
import dev.tailrace.ingest.body.GzipDecoder;
import dev.tailrace.ingest.lines.HttpIngest;
import dev.tailrace.ingest.lines.LineFormat;
import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.RingUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.Json;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The routes of balena's device API for lines: the endless stream of a supervisor, and the batches of older
 * supervisors. Status codes and response bodies are balena's.
 */
public final class BalenaRoutes {

    private static final String NDJSON = "application/x-ndjson";

    private static final String JSON = "application/json";

    private static final String UNAVAILABLE = "The logs storage is unavailable";

    private static final String LEAVING = "The broker is shutting down";

    private static final int RETRY_SECONDS = 10;

    /** Batches of one event loop that are read at a time; more are refused. */
    private static final int MAX_BATCHES = 64;

    private final IngestServices ingest;
    private final Duration processingInterval;
    private final LineFormat streamed;
    private int batches;

    /** @param processingInterval how often the sender of a stream is sent {@code 102 Processing}; zero for never */
    public BalenaRoutes(IngestServices ingest, Duration processingInterval) {
        this.ingest = ingest;
        this.processingInterval = processingInterval;
        this.streamed = new LineFormat(
                LineFormat.Shape.LINES,
                LineSink.OnUnavailable.RETRY,
                sink -> BalenaParser.reader(ingest.options(), sink, false));
    }

    public void mount(Router router) {
        router.post("/device/v2/:device/log-stream").handler(this::stream);
        router.post("/device/v2/:device/logs").handler(this::batch);
    }

    // ---- the stream

    private void stream(RoutingContext call) {
        DeviceId device = RequestIds.device(call.pathParam("device"));
        HttpServerRequest request = call.request();
        if (!NDJSON.equals(request.getHeader(HttpHeaders.CONTENT_TYPE))) {
            answer(call, 415, "Streaming requests require Content-Type " + NDJSON);
            return;
        }
        if (ingest.isDraining()) {
            answer(call, 503, LEAVING);
            return;
        }
        if (ingest.isFull(call)) {
            answer(call, 503, UNAVAILABLE);
            return;
        }
        Processing processing = Processing.begin(ingest.vertx(), request, processingInterval);
        request.pause();
        ingest.broker()
                .state(device)
                .compose(state -> ingest.admit(request, device))
                .onSuccess(admitted -> read(call, device, processing))
                .onFailure(cause -> {
                    processing.end();
                    request.resume();
                    fail(call, cause);
                });
    }

    private void read(RoutingContext call, DeviceId device, Processing processing) {
        HttpServerRequest request = call.request();
        if (call.response().closed()) {
            processing.end(); // because no event reports any more that the sender has left
            return;
        }
        Future<BodyReceipt> receipt = HttpIngest.read(ingest, call, device, null, streamed);
        request.resume();
        if (receipt == null) {
            processing.end();
            answer(call, 415, "unsupported content encoding");
            return;
        }
        receipt.onComplete(done -> processing.end())
                .onSuccess(what -> answer(call, what.outcome()))
                .onFailure(call::fail);
    }

    private static void answer(RoutingContext call, BodyOutcome outcome) {
        switch (outcome.kind()) {
            case COMPLETE -> answer(call, 201, null);
            case BROKEN, REJECTED -> {
                String reason = outcome.reason();
                String text = reason.equals(GzipDecoder.NOT_GZIP) ? "incorrect header check" : reason;
                answer(call, 400, "text/plain; charset=utf-8", Buffer.buffer(text));
            }
            case TOO_LARGE -> answer(call, 413, outcome.reason());
            case UNAVAILABLE -> answer(call, 503, UNAVAILABLE);
            case REFUSED -> answer(call, 429, DeviceLimit.REASON);
            case LEAVING -> answer(call, 503, LEAVING);
            case UNAUTHORIZED -> answer(call, 401, null);
            case ABORTED -> {} // nobody is connected
        }
    }

    // ---- a batch

    private void batch(RoutingContext call) {
        DeviceId device = RequestIds.device(call.pathParam("device"));
        HttpServerRequest request = call.request();
        if (!isJson(ContentTypes.of(request))) {
            answer(call, 400, null);
            return;
        }
        if (ingest.isDraining()) {
            answer(call, 503, LEAVING);
            return;
        }
        if (ingest.isFull(call)) {
            answer(call, 503, UNAVAILABLE);
            return;
        }
        BodyDecoder decoder = BodyDecoder.of(request.getHeader(HttpHeaders.CONTENT_ENCODING), ingest.decoderRoom(call));
        if (decoder == null) {
            answer(call, 415, "unsupported content encoding");
            return;
        }
        if (batches == MAX_BATCHES) {
            decoder.close();
            answer(call, 429, "Too Many Requests");
            return;
        }
        batches++;
        BalenaBatch.read(ingest, call, device, decoder)
                .onComplete(done -> batches--)
                .onSuccess(outcome -> answerBatch(call, outcome))
                .onFailure(call::fail);
    }

    private static void answerBatch(RoutingContext call, BodyOutcome outcome) {
        if (outcome.kind() == BodyOutcome.Kind.BROKEN) {
            answer(call, 400, outcome.reason().isEmpty() ? null : outcome.reason());
        } else {
            answer(call, outcome);
        }
    }

    private static boolean isJson(String type) {
        return type.equals(JSON) || type.endsWith("+json");
    }

    // ---- responses

    private static void fail(RoutingContext call, Throwable cause) {
        if (cause instanceof RingUnavailableException) {
            answer(call, 503, UNAVAILABLE);
        } else if (DeviceLimit.isRefusal(cause)) {
            answer(call, 429, DeviceLimit.REASON);
        } else {
            call.fail(cause);
        }
    }

    /** @param text sent as a JSON string, as balena does, or null for an answer without a body */
    private static void answer(RoutingContext call, int status, @Nullable String text) {
        answer(call, status, JSON, text == null ? Buffer.buffer() : Json.encodeToBuffer(text));
    }

    private static void answer(RoutingContext call, int status, String type, Buffer body) {
        HttpServerResponse response = call.response();
        if (response.closed() || response.ended()) {
            return;
        }
        response.setStatusCode(status);
        if (body.length() > 0) {
            response.putHeader(HttpHeaders.CONTENT_TYPE, type);
        }
        RetryAfter.apply(response, status, RETRY_SECONDS);
        if (!call.request().isEnded()) {
            LingeringClose.cutOffLater(call);
        }
        response.end(body);
    }
}
