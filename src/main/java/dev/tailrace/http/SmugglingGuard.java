package dev.tailrace.http;

import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Refuses HTTP/1 requests that a proxy might have parsed differently (request smuggling): several or no Host, any Transfer-Encoding but
 * {@code chunked}, an empty header name. Netty has already refused conflicting or invalid lengths and illegal bytes. Nothing after such
 * a request is read from its connection.
 */
public final class SmugglingGuard implements Handler<HttpServerRequest> {

    private static final Buffer PROBLEM = new JsonObject()
            .put("type", "urn:tailrace:problem:ambiguous-request")
            .put("title", "Ambiguous request")
            .put("status", 400)
            .put("detail", "send exactly one Host, at most one Transfer-Encoding (chunked) and no empty header name")
            .toBuffer();

    private final Handler<HttpServerRequest> next;

    /** Connections that are about to close; their next requests may be decoded already. Used on one event loop. */
    private final Set<HttpConnection> refused = new HashSet<>();

    public SmugglingGuard(Handler<HttpServerRequest> next) {
        this.next = next;
    }

    @Override
    public void handle(HttpServerRequest request) {
        if (refused.contains(request.connection())) {
            request.pause(); // it gets no response
        } else if (RequestHead.isHttp2(request) || isUnambiguous(request.headers(), request.version())) {
            next.handle(request);
        } else {
            refuse(request);
        }
    }

    private static boolean isUnambiguous(MultiMap headers, HttpVersion version) {
        List<String> codings = headers.getAll("Transfer-Encoding");
        boolean chunked = codings.size() == 1 && codings.get(0).equalsIgnoreCase("chunked");
        return (codings.isEmpty() || (chunked && version == HttpVersion.HTTP_1_1))
                && hasOneHost(headers, version)
                && !headers.contains("");
    }

    private static boolean hasOneHost(MultiMap headers, HttpVersion version) {
        List<String> hosts = headers.getAll("Host");
        return hosts.isEmpty()
                ? version == HttpVersion.HTTP_1_0
                : hosts.size() == 1
                        && hosts.get(0).indexOf(' ') < 0
                        && hosts.get(0).indexOf(',') < 0;
    }

    private void refuse(HttpServerRequest request) {
        HttpConnection connection = request.connection();
        refused.add(connection);
        request.pause();
        request.response()
                .setStatusCode(400)
                .putHeader("Connection", "close")
                .putHeader("Content-Type", "application/problem+json")
                .end(PROBLEM)
                .eventually(connection::close)
                .onComplete(closed -> refused.remove(connection));
    }
}
