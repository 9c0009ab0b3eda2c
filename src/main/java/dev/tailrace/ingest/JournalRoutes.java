package dev.tailrace.ingest;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Problem;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Locale;

/** The way in of {@code systemd-journal-upload}, which appends {@code /upload} to the URL that it is given. */
public final class JournalRoutes {

    private static final String TYPE = "application/vnd.fdo.journal";

    private final Ingest ingest;

    public JournalRoutes(Ingest ingest) {
        this.ingest = ingest;
    }

    public void mount(Router router) {
        router.post("/api/v1/devices/:device/upload").handler(this::post);
    }

    private void post(RoutingContext call) {
        DeviceId device = DeviceId.ofRequest(call.pathParam("device"));
        String type = call.request().getHeader(HttpHeaders.CONTENT_TYPE);
        if (type != null
                && !type.split(";", 2)[0].trim().toLowerCase(Locale.ROOT).equals(TYPE)) {
            throw new Problem(
                    415,
                    "unsupported-content-type",
                    "Content-Type not supported",
                    "send " + TYPE + ", as"
                            + " systemd-journal-upload and journalctl -o export do; lines go to …/logs");
        }
        IngestRoutes.refuseIfDraining(ingest);
        IngestRoutes.refuseIfFull(ingest, call);
        Future<HttpIngest.Receipt> receipt = JournalIngest.read(ingest, call, device, new LastBoots(ingest.vertx()));
        if (receipt == null) {
            throw IngestRoutes.unsupportedEncoding(call);
        }
        receipt.onSuccess(what -> IngestRoutes.answer(call, what)).onFailure(call::fail);
    }
}
