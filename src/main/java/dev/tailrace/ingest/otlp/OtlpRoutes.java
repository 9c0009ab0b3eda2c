package dev.tailrace.ingest.otlp;

import com.google.protobuf.CodedOutputStream;
import dev.tailrace.http.ContentTypes;
import dev.tailrace.http.Problem;
import dev.tailrace.ingest.IngestServices;
import dev.tailrace.ingest.body.BodyDecoder;
import dev.tailrace.ingest.body.BodyOutcome.Kind;
import dev.tailrace.ingest.body.BodyReceipt;
import dev.tailrace.ingest.body.BodyResponses;
import dev.tailrace.ingest.body.Document;
import dev.tailrace.ingest.records.DeviceSource;
import dev.tailrace.ingest.records.FieldMapping;
import dev.tailrace.ingest.records.RecordMapper;
import dev.tailrace.ingest.records.RecordResponses;
import dev.tailrace.ingest.records.Records;
import dev.tailrace.ingest.records.RecordsPost;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsPartialSuccess;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** The routes for logs over OTLP/HTTP, in protobuf or JSON: of many devices, and of the one that the path names. */
public final class OtlpRoutes {

    private static final String PROTOBUF = "application/x-protobuf";
    private static final String JSON = "application/json";

    private static final String STREAM = "log.iostream";

    private static final String DEVICE_PATH = "/api/v1/devices/:device/v1/logs";
    private static final String OTHERWISE =
            " (--otlp-device), or in the path: " + DEVICE_PATH.replace(":device", "{device}");

    // From google.rpc.Code and google.rpc.Status.
    private static final int INVALID_ARGUMENT = 3;
    private static final int RESOURCE_EXHAUSTED = 8;
    private static final int UNAVAILABLE = 14;
    private static final int UNAUTHENTICATED = 16;
    private static final int STATUS_CODE = 1;
    private static final int STATUS_MESSAGE = 2;

    private final IngestServices ingest;
    private final FieldMapping names;

    /** @param names the attributes that hold the device, the service, and the level, which precedes the severity */
    public OtlpRoutes(IngestServices ingest, FieldMapping names) {
        this.ingest = ingest;
        this.names = names;
    }

    public void mount(Router router) {
        router.post("/v1/logs").handler(this::post);
        router.post(DEVICE_PATH).handler(this::post);
    }

    private void post(RoutingContext call) {
        String type = ContentTypes.of(call.request());
        boolean json = type.equals(JSON);
        if (!json && !type.equals(PROTOBUF) && !type.equals("application/protobuf")) {
            throw new Problem(
                    415,
                    "unsupported-content-type",
                    "Content-Type not supported",
                    "send OTLP logs as " + PROTOBUF + " or " + JSON);
        }
        DeviceSource source = DeviceSource.of(call, OTHERWISE);
        BodyDecoder decoder = BodyDecoder.of(call.request().getHeader("Content-Encoding"), ingest.decoderRoom(call));
        if (decoder == null) {
            throw BodyResponses.unsupportedEncoding(call);
        }
        if (ingest.isDraining()) {
            decoder.close();
            refuse(call, json, 503, "the broker is shutting down");
            return;
        }
        if (ingest.isFull(call)) {
            decoder.close();
            refuse(call, json, 503, BodyResponses.FULL);
            return;
        }
        RecordsPost.read(
                        ingest,
                        call,
                        decoder,
                        json ? RecordsPost.Encoding.JSON : RecordsPost.Encoding.PROTOBUF,
                        source.given(),
                        (body, handler) -> records(body, record(handler, source), json))
                .onSuccess(receipt -> answer(call, json, receipt))
                .onFailure(call::fail);
    }

    private static Records records(Document body, OtlpRecord record, boolean json) throws IOException {
        return json ? OtlpJson.of(body, record) : new OtlpProto(body, record);
    }

    private OtlpRecord record(Records.Handler handler, DeviceSource source) {
        return new OtlpRecord(
                new RecordMapper(names, source, STREAM, ingest.options().lineBytes(), handler));
    }

    private static void answer(RoutingContext call, boolean json, BodyReceipt receipt) {
        Kind kind = receipt.outcome().kind();
        if (kind == Kind.ABORTED) {
            return; // nobody is connected
        }
        if (kind != Kind.COMPLETE) {
            refuse(call, json, RecordResponses.status(kind), RecordResponses.refusal(receipt));
            return;
        }
        if (RecordResponses.isNothingStored(receipt)) {
            refuse(call, json, 400, RecordResponses.rejections(receipt));
            return;
        }
        long rejected = receipt.rejected();
        String message = rejected == 0 ? "" : RecordResponses.rejections(receipt);
        if (json) {
            var partial = new JsonObject()
                    .put("rejectedLogRecords", Long.toString(rejected)) // text in protobuf's JSON
                    .put("errorMessage", message);
            var body = rejected == 0 ? new JsonObject() : new JsonObject().put("partialSuccess", partial);
            RecordResponses.send(call, 200, JSON, body.toBuffer());
            return;
        }
        var body = ExportLogsServiceResponse.newBuilder();
        if (rejected > 0) {
            body.setPartialSuccess(ExportLogsPartialSuccess.newBuilder()
                    .setRejectedLogRecords(rejected)
                    .setErrorMessage(message));
        }
        RecordResponses.send(call, 200, PROTOBUF, Buffer.buffer(body.build().toByteArray()));
    }

    /** Refuses with a google.rpc.Status, in the encoding of the request. */
    private static void refuse(RoutingContext call, boolean json, int status, String message) {
        int code = switch (status) {
            case 401 -> UNAUTHENTICATED;
            case 413 -> RESOURCE_EXHAUSTED;
            case 503 -> UNAVAILABLE;
            default -> INVALID_ARGUMENT;
        };
        if (json) {
            var body = new JsonObject().put("code", code).put("message", message);
            RecordResponses.send(call, status, JSON, body.toBuffer());
        } else {
            RecordResponses.send(call, status, PROTOBUF, status(code, message));
        }
    }

    private static Buffer status(int code, String message) {
        var bytes = new ByteArrayOutputStream();
        try {
            CodedOutputStream out = CodedOutputStream.newInstance(bytes);
            out.writeInt32(STATUS_CODE, code);
            out.writeString(STATUS_MESSAGE, message);
            out.flush();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible); // an array does not fail
        }
        return Buffer.buffer(bytes.toByteArray());
    }
}
