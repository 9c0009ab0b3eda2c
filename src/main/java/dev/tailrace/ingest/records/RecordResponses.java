package dev.tailrace.ingest.records;

import dev.tailrace.http.LingeringClose;
import dev.tailrace.http.RetryAfter;
import dev.tailrace.ingest.body.BodyOutcome;
import dev.tailrace.ingest.body.BodyReceipt;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;

/** What the ways in of documents share in their responses. */
public final class RecordResponses {

    private RecordResponses() {}

    /** Sends a response; a temporary refusal has {@code Retry-After}. */
    public static void send(RoutingContext call, int status, String type, Buffer body) {
        RetryAfter.apply(call.response(), status);
        if (!call.request().isEnded()) {
            LingeringClose.cutOffLater(call);
        }
        call.response().setStatusCode(status).putHeader("Content-Type", type).end(body);
    }

    public static int status(BodyOutcome.Kind kind) {
        return switch (kind) {
            case BROKEN, REJECTED -> 400;
            case TOO_LARGE -> 413;
            case UNAVAILABLE, LEAVING -> 503;
            case REFUSED -> 429;
            case UNAUTHORIZED -> 401;
            case COMPLETE, ABORTED -> 200;
        };
    }

    /** Why a body was refused, and how many of its records are stored nevertheless. */
    public static String refusal(BodyReceipt receipt) {
        return receipt.outcome().reason() + (receipt.stored() == 0 ? "" : "; " + receipt.stored() + " are stored");
    }

    /** Whether there were records, and all of them were rejected. */
    public static boolean isNothingStored(BodyReceipt receipt) {
        return receipt.stored() == 0 && receipt.rejected() > 0;
    }

    /** How many records were rejected, and why the first of them. */
    public static String rejections(BodyReceipt receipt) {
        String rest = receipt.stored() == 0 ? "nothing is stored" : "the rest is stored";
        var text = new StringBuilder(receipt.rejected() + " of " + receipt.received() + " rejected, " + rest);
        receipt.errors()
                .forEach(error -> text.append("; number ")
                        .append(error.line())
                        .append(": ")
                        .append(error.reason()));
        return text.toString();
    }
}
