package dev.tailrace.ingest;

import dev.tailrace.ingest.HttpIngest.Outcome.Kind;
import dev.tailrace.ingest.HttpIngest.Receipt;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The way in of Loki's clients: pushes in JSON, or in protobuf within Snappy. Errors are plain text, as Loki's are. */
public final class LokiRoutes {

    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String STREAM = "stream";

    private final Ingest ingest;
    private final Names names;

    /** @param names the labels, or names of structured metadata, that say device, service and level */
    public LokiRoutes(Ingest ingest, Names names) {
        this.ingest = ingest;
        this.names = names;
    }

    public void mount(Router router) {
        router.post("/loki/api/v1/push").handler(this::push);
    }

    private void push(RoutingContext call) {
        String type = RecordsAnswer.contentType(call.request());
        boolean json = type.equals("application/json");
        if (!json && !type.isEmpty() && !type.equals("application/x-protobuf")) {
            refuse(call, 415, "send application/json, or application/x-protobuf within Snappy");
            return;
        }
        BodyDecoder decoder = decoder(call, json);
        if (decoder == null) {
            refuse(call, 415, "Content-Encoding is not supported: send gzip, zstd or none");
            return;
        }
        if (ingest.isDraining()) {
            decoder.close();
            refuse(call, 503, "the broker is going away");
            return;
        }
        if (ingest.isFull(call)) {
            decoder.close();
            refuse(call, 503, IngestRoutes.FULL);
            return;
        }
        RecordsPost.read(
                        ingest,
                        call,
                        decoder,
                        json ? RecordsPost.Encoding.JSON : RecordsPost.Encoding.SNAPPY,
                        json ? this::json : this::protobuf)
                .onSuccess(receipt -> answer(call, receipt))
                .onFailure(call::fail);
    }

    /** Protobuf is within Snappy whether or not a header says so, as Loki has it. */
    private @Nullable BodyDecoder decoder(RoutingContext call, boolean json) {
        String encoding = call.request().getHeader("Content-Encoding");
        boolean snappy = !json && encoding != null && encoding.trim().equalsIgnoreCase("snappy");
        return snappy ? new IdentityDecoder() : ingest.decoder(call, encoding);
    }

    private Records json(Document body, Records.Taker taker) throws IOException {
        return LokiJson.of(body, record(taker));
    }

    private Records protobuf(Document body, Records.Taker taker) {
        return new LokiProto(body, record(taker));
    }

    private LokiRecord record(Records.Taker taker) {
        return new LokiRecord(new RecordLine(names, STREAM, ingest.options().lineBytes(), taker));
    }

    private static void answer(RoutingContext call, Receipt receipt) {
        Kind kind = receipt.outcome().kind();
        if (kind == Kind.ABORTED) {
            return; // nobody is there to be told
        }
        if (kind != Kind.COMPLETE) {
            refuse(call, RecordsAnswer.status(kind), RecordsAnswer.refusal(receipt));
        } else if (receipt.rejected() > 0) {
            refuse(call, 400, RecordsAnswer.rejections(receipt)); // which no client sends again
        } else {
            call.response().setStatusCode(204).end();
        }
    }

    private static void refuse(RoutingContext call, int status, String reason) {
        RecordsAnswer.send(call, status, TEXT, Buffer.buffer(reason + "\n"));
    }
}
