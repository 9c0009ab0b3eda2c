package dev.tailrace.auth.provider;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;

/** Reads the response of another service, up to a limit. */
final class SmallBody {

    private SmallBody() {}

    /** Fails, and stops reading, when there are more bytes. */
    static Future<Buffer> read(HttpClientResponse response, int maxBytes) {
        Promise<Buffer> complete = Promise.promise();
        Buffer body = Buffer.buffer();
        response.handler(chunk -> {
            if (body.length() + chunk.length() > maxBytes) {
                response.pause();
                complete.tryFail("the response has more than " + maxBytes + " bytes");
            } else {
                body.appendBuffer(chunk);
            }
        });
        response.exceptionHandler(complete::tryFail);
        response.endHandler(end -> complete.tryComplete(body));
        return complete.future();
    }
}
