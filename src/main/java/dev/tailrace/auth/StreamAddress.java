package dev.tailrace.auth;

import io.netty.handler.codec.http.QueryStringDecoder;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Writes which stream an address opens, always in the same way: the path, and of the query what chooses devices. Where the
 * stream begins, what it leaves out and how it is written may differ each time that it is opened.
 */
final class StreamAddress {

    private static final List<String> CHOOSING = List.of("device", "fleet", "query");

    private StreamAddress() {}

    static String of(HttpServerRequest request) {
        return of(request.path() + "?" + (request.query() == null ? "" : request.query()));
    }

    /**
     * Of a path with or without a query.
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
