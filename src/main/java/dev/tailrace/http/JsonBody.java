package dev.tailrace.http;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.function.BiConsumer;

/** Reads a request body that is one small JSON object. An empty body counts as an empty object. */
public final class JsonBody {

    private JsonBody() {}

    /**
     * The handler of a route. A body that is larger fails the call with a {@link Problem} of status 413, any other body that is no JSON
     * object with one of status 400, and an exception of {@code then} fails it as well.
     */
    public static Handler<RoutingContext> handler(int maxBytes, BiConsumer<RoutingContext, JsonObject> then) {
        return call -> read(call.request(), maxBytes)
                .map(JsonBody::parse)
                .map(json -> {
                    then.accept(call, json);
                    return json;
                })
                .onFailure(call::fail);
    }

    private static Future<Buffer> read(HttpServerRequest request, int maxBytes) {
        if (request.isEnded()) { // while its caller was authenticated; only a request without a body is not paused then
            return Future.succeededFuture(Buffer.buffer());
        }
        Promise<Buffer> complete = Promise.promise();
        Buffer body = Buffer.buffer();
        request.handler(chunk -> {
            if (body.length() + chunk.length() <= maxBytes) {
                body.appendBuffer(chunk);
            } else {
                complete.tryFail(new Problem(
                        413, "body-too-large", "Request body too large", "the limit is " + maxBytes + " bytes"));
            }
        });
        request.exceptionHandler(complete::tryFail);
        request.endHandler(end -> complete.tryComplete(body));
        request.resume();
        return complete.future();
    }

    private static JsonObject parse(Buffer body) {
        try {
            return body.length() == 0 ? new JsonObject() : new JsonObject(body);
        } catch (DecodeException | ClassCastException wrong) {
            throw new Problem(400, "bad-body", "Malformed request body", "send a JSON object");
        }
    }
}
