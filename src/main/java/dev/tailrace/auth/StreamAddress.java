package dev.tailrace.auth;

import io.netty.handler.codec.http.QueryStringDecoder;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * The canonical form of a stream's URL: the path, and the parameters of the query that choose devices. Its position, filters and format
 * may differ each time that the stream is opened.
 */
final class StreamAddress {

    private static final List<String> CHOOSING = List.of("device", "fleet", "query");

    private StreamAddress() {}

    static String of(HttpServerRequest request) {
        return of(request.path() + "?" + (request.query() == null ? "" : request.query()));
    }

    /**
     * The form of a path, with or without a query.
     *
     * @throws IllegalArgumentException when it has broken escapes
     */
    static String of(String pathAndQuery) {
        var address = new QueryStringDecoder(pathAndQuery);
        Map<String, List<String>> query = address.parameters();
        var written = new StringBuilder(address.path());
        for (String name : CHOOSING) {
            for (String value : new TreeSet<>(query.getOrDefault(name, List.of()))) {
                written.append('\n').append(name).append('=').append(value);
            }
        }
        return written.toString();
    }
}
