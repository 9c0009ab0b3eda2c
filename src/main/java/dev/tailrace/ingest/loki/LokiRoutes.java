package dev.tailrace.ingest.loki;

import dev.tailrace.http.ContentTypes;
import dev.tailrace.ingest.IngestServices;
import dev.tailrace.ingest.body.BodyDecoder;
import dev.tailrace.ingest.body.BodyOutcome.Kind;
import dev.tailrace.ingest.body.BodyReceipt;
import dev.tailrace.ingest.body.BodyResponses;
import dev.tailrace.ingest.body.Document;
import dev.tailrace.ingest.body.IdentityDecoder;
import dev.tailrace.ingest.records.DeviceSource;
import dev.tailrace.ingest.records.FieldMapping;
import dev.tailrace.ingest.records.RecordMapper;
import dev.tailrace.ingest.records.RecordResponses;
import dev.tailrace.ingest.records.Records;
import dev.tailrace.ingest.records.RecordsPost;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The routes for Loki's clients, which push JSON, or protobuf compressed with Snappy: for many devices, and for the one
 * that the path names. Errors are plain text, as in Loki.
 */
public final class LokiRoutes {

    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String STREAM = "stream";

    private static final String DEVICE_PATH = "/api/v1/devices/:device/loki/api/v1/push";
    private static final String OTHERWISE =
            " (--loki-device), or in the path: " + DEVICE_PATH.replace(":device", "{device}");

    private final IngestServices ingest;
    private final FieldMapping names;

    /** @param names the labels, or names of structured metadata, that hold the device, the service and the level */
    public LokiRoutes(IngestServices ingest, FieldMapping names) {
        this.ingest = ingest;
        this.names = names;
    }

    public void mount(Router router) {
        router.post("/loki/api/v1/push").handler(this::push);
        router.post(DEVICE_PATH).handler(this::push);
    }

    private void push(RoutingContext call) {
        String type = ContentTypes.of(call.request());
        boolean json = type.equals("application/json");
        if (!json && !type.isEmpty() && !type.equals("application/x-protobuf")) {
            refuse(call, 415, "send application/json, or Snappy-compressed application/x-protobuf");
            return;
        }
        DeviceSource source = DeviceSource.of(call, OTHERWISE);
        BodyDecoder decoder = decoder(call, json);
        if (decoder == null) {
            refuse(call, 415, "Content-Encoding is not supported: " + BodyResponses.EXPECTED_ENCODING);
            return;
        }
        if (ingest.isDraining()) {
            decoder.close();
            refuse(call, 503, "the broker is shutting down");
            return;
        }
        if (ingest.isFull(call)) {
            decoder.close();
            refuse(call, 503, BodyResponses.FULL);
            return;
        }
        RecordsPost.read(
                        ingest,
                        call,
                        decoder,
                        json ? RecordsPost.Encoding.JSON : RecordsPost.Encoding.SNAPPY,
                        source.given(),
                        (body, handler) -> records(body, record(handler, source), json))
                .onSuccess(receipt -> answer(call, receipt))
                .onFailure(call::fail);
    }

    /** Protobuf is compressed with Snappy even without the header, as in Loki. */
    private @Nullable BodyDecoder decoder(RoutingContext call, boolean json) {
        String encoding = call.request().getHeader("Content-Encoding");
        boolean snappy = !json && encoding != null && encoding.trim().equalsIgnoreCase("snappy");
        return snappy ? new IdentityDecoder() : BodyDecoder.of(encoding, ingest.decoderRoom(call));
    }

    private static Records records(Document body, LokiRecord record, boolean json) throws IOException {
        return json ? LokiJson.of(body, record) : new LokiProto(body, record);
    }

    private LokiRecord record(Records.Handler handler, DeviceSource source) {
        return new LokiRecord(
                new RecordMapper(names, source, STREAM, ingest.options().lineBytes(), handler));
    }

    private static void answer(RoutingContext call, BodyReceipt receipt) {
        Kind kind = receipt.outcome().kind();
        if (kind == Kind.ABORTED) {
            return; // nobody is connected
        }
        if (kind != Kind.COMPLETE) {
            refuse(call, RecordResponses.status(kind), RecordResponses.refusal(receipt));
        } else if (RecordResponses.isNothingStored(receipt)) {
            refuse(call, 400, RecordResponses.rejections(receipt));
        } else {
            // Also when some entries were rejected: the response cannot name them, and some clients send all again
            // after 400.
            call.response().setStatusCode(204).end();
        }
    }

    private static void refuse(RoutingContext call, int status, String reason) {
        RecordResponses.send(call, status, TEXT, Buffer.buffer(reason + "\n"));
    }
}
