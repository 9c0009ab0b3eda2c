package dev.tailrace.ingest.gelf;

import dev.tailrace.ingest.IngestServices;
import dev.tailrace.ingest.body.BodyDecoder;
import dev.tailrace.ingest.body.BodyOutcome.Kind;
import dev.tailrace.ingest.body.BodyReceipt;
import dev.tailrace.ingest.body.BodyResponses;
import dev.tailrace.ingest.records.RecordResponses;
import dev.tailrace.ingest.records.RecordsPost;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.ZoneId;

/** {@code POST /gelf}: GELF messages over HTTP, as Graylog takes them, with any Content-Type. */
public final class GelfRoutes {

    private final IngestServices ingest;
    private final ZoneId zone;

    /** @param zone of times without a zone */
    public GelfRoutes(IngestServices ingest, ZoneId zone) {
        this.ingest = ingest;
        this.zone = zone;
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
                        (body, handler) -> new GelfRecords(body, lineBytes, zone, handler),
                        lineBytes)
                .onSuccess(receipt -> answer(call, receipt))
                .onFailure(call::fail);
    }

    private static void answer(RoutingContext call, BodyReceipt receipt) {
        boolean isRefused = receipt.outcome().kind() == Kind.COMPLETE && RecordResponses.isNothingStored(receipt);
        BodyResponses.answer(call, isRefused ? receipt.refused(RecordResponses.rejections(receipt)) : receipt);
    }
}
