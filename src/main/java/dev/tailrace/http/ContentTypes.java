package dev.tailrace.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.Locale;

/** Reads the media type of a request's body. */
public final class ContentTypes {

    private ContentTypes() {}

    /** The media type in lower case, without parameters; empty when the request has no Content-Type. */
    public static String of(HttpServerRequest request) {
        String header = request.getHeader(HttpHeaders.CONTENT_TYPE);
        return header == null ? "" : header.split(";", 2)[0].trim().toLowerCase(Locale.ROOT);
    }
}
