package dev.tailrace.ingest.gelf;

import dev.tailrace.http.Problem;
import dev.tailrace.ingest.IngestServices;
import dev.tailrace.ingest.body.BodyDecoder;
import dev.tailrace.ingest.body.BodyOutcome.Kind;
import dev.tailrace.ingest.body.BodyReceipt;
import dev.tailrace.ingest.body.BodyResponses;
import dev.tailrace.ingest.records.RecordsPost;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;

/** {@code POST /gelf}: GELF messages over HTTP, as Graylog takes them, with any Content-Type. */
public final class GelfRoutes {

    private final IngestServices ingest;

    public GelfRoutes(IngestServices ingest) {
        this.ingest = ingest;
    }

    public void mount(Router router) {
        router.post("/gelf").handler(this::post);
    }

    private void post(RoutingContext call) {
        BodyResponses.refuseIfDraining(ingest);
        BodyResponses.refuseIfFull(ingest, call);
        BodyDecoder decoder = BodyDecoder.of(call.request().getHeader("Content-Encoding"), ingest.decoderRoom(call));
        if (decoder == null) {
            throw BodyResponses.unsupportedEncoding(call);
        }
        int lineBytes = ingest.options().lineBytes();
        RecordsPost.read(
                        ingest,
                        call,
                        decoder,
                        RecordsPost.Encoding.JSON,
                        null,
                        (body, handler) -> new GelfRecords(body, lineBytes, handler),
                        lineBytes)
                .onSuccess(receipt -> answer(call, receipt))
                .onFailure(call::fail);
    }

    private static void answer(RoutingContext call, BodyReceipt receipt) {
        if (receipt.outcome().kind() == Kind.COMPLETE && receipt.stored() == 0 && receipt.rejected() > 0) {
            String reason = receipt.errors().isEmpty()
                    ? "none of the messages was stored"
                    : receipt.errors().get(0).reason();
            call.fail(new Problem(400, "unreadable-body", "Malformed request body", reason));
        } else {
            BodyResponses.answer(call, receipt);
        }
    }
}
