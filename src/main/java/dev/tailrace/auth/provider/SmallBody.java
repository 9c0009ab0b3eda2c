package dev.tailrace.auth.provider;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;

/** What another service answered, when it is not too much. */
final class SmallBody {

    private SmallBody() {}

    /** Fails, and has read no more, when there are more bytes. */
    static Future<Buffer> read(HttpClientResponse response, int maxBytes) {
        Promise<Buffer> whole = Promise.promise();
        Buffer body = Buffer.buffer();
        response.handler(chunk -> {
            if (body.length() + chunk.length() > maxBytes) {
                response.pause();
                whole.tryFail("the response has more than " + maxBytes + " bytes");
            } else {
                body.appendBuffer(chunk);
            }
        });
        response.exceptionHandler(whole::tryFail);
        response.endHandler(end -> whole.tryComplete(body));
        return whole.future();
    }
}
