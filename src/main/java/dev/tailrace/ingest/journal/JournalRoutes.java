package dev.tailrace.ingest.journal;

import dev.tailrace.http.ContentTypes;
import dev.tailrace.http.Problem;
import dev.tailrace.http.RequestIds;
import dev.tailrace.ingest.IngestServices;
import dev.tailrace.ingest.body.BodyReceipt;
import dev.tailrace.ingest.body.BodyResponses;
import dev.tailrace.model.DeviceId;
import io.vertx.core.Future;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;

/** The route of {@code systemd-journal-upload}, which appends {@code /upload} to the URL that it is given. */
public final class JournalRoutes {

    private static final String TYPE = "application/vnd.fdo.journal";

    private final IngestServices ingest;

    public JournalRoutes(IngestServices ingest) {
        this.ingest = ingest;
    }

    public void mount(Router router) {
        router.post("/api/v1/devices/:device/upload").handler(this::post);
    }

    private void post(RoutingContext call) {
        // From version 258 on, the program compresses once an answer has said that it may.
        call.response().putHeader("Accept-Encoding", BodyResponses.ENCODINGS);
        DeviceId device = RequestIds.device(call.pathParam("device"));
        String type = ContentTypes.of(call.request());
        if (!type.isEmpty() && !type.equals(TYPE)) {
            throw new Problem(
                    415,
                    "unsupported-content-type",
                    "Content-Type not supported",
                    "send " + TYPE + ", as"
                            + " systemd-journal-upload and journalctl -o export do; send plain lines to …/logs");
        }
        BodyResponses.refuseIfDraining(ingest);
        BodyResponses.refuseIfFull(ingest, call);
        Future<BodyReceipt> receipt = JournalIngest.read(ingest, call, device, new BootTracker(ingest.vertx()));
        if (receipt == null) {
            throw BodyResponses.unsupportedEncoding(call);
        }
        receipt.onSuccess(what -> BodyResponses.answer(call, what)).onFailure(call::fail);
    }
}
